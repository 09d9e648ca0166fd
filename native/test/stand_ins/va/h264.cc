#include "h264.h"

#include <algorithm>
#include <cstring>

#include "../arithmetic_coder.h"
#include "packed_headers.h"

namespace earthshine::stand_in {
namespace {

/// What a frame's parameters are, sorted.
struct Parts {
  const VAEncSequenceParameterBufferH264* sequence = nullptr;
  const VAEncPictureParameterBufferH264* picture = nullptr;
  struct Slice {
    const VAEncSliceParameterBufferH264* told;
    PackedHeader header;
  };
  std::vector<Slice> slices;
  /// SPS and PPS
  std::vector<std::uint8_t> parameter_sets;
  std::size_t rate_controls = 0;
  const char* complaint = nullptr;
};

Parts sort_out(const Task& task) {
  Parts parts;
  PackedHeaders headers;
  const auto complain = [&](const char* what) {
    if (parts.complaint == nullptr) parts.complaint = what;
  };
  for (const Buffer* buffer : task.parameters) {
    headers.take(*buffer);
    switch (buffer->type) {
      case VAEncSequenceParameterBufferType:
        parts.sequence = structure_in<VAEncSequenceParameterBufferH264>(*buffer);
        if (parts.sequence == nullptr) complain("a sequence of another size");
        break;
      case VAEncPictureParameterBufferType:
        parts.picture = structure_in<VAEncPictureParameterBufferH264>(*buffer);
        if (parts.picture == nullptr) complain("a picture of another size");
        break;
      case VAEncSliceParameterBufferType: {
        const auto* slice = structure_in<VAEncSliceParameterBufferH264>(*buffer);
        if (slice == nullptr || headers.slice.bytes.empty() || parts.picture == nullptr) {
          complain("a slice without its header or picture");
          break;
        }
        parts.slices.push_back({slice, std::move(headers.slice)});
        headers.slice = {};
        break;
      }
      case VAEncMiscParameterBufferType:
        if (!parts.slices.empty()) complain("rate control after the first slice");
        ++parts.rate_controls;
        break;
      default:
        break;
    }
  }
  if (headers.complaint != nullptr) complain(headers.complaint);
  parts.parameter_sets = std::move(headers.parameter_sets);
  return parts;
}

const char* judge(const Parts& parts, const FindSurface& surface) {
  if (parts.complaint != nullptr) return parts.complaint;
  if (parts.picture == nullptr || parts.slices.empty()) return "no picture or no slice";
  const bool idr = parts.picture->pic_fields.bits.idr_pic_flag != 0;
  if (idr && (parts.sequence == nullptr || parts.rate_controls < 3)) {
    return "an IDR without sequence or rate control";
  }
  if (idr && (parts.sequence->ip_period != 1 || parts.sequence->intra_idr_period < 1'000'000)) {
    return "B frames, or intra frames by the clock";
  }
  if (idr && parts.parameter_sets.empty()) return "an IDR without parameter sets";
  if (!idr && !parts.parameter_sets.empty()) return "parameter sets without an IDR";
  if (surface(parts.picture->CurrPic.picture_id) == nullptr) return "no place for the picture";
  std::uint32_t next = 0;
  for (const auto& slice : parts.slices) {
    if (slice.told->macroblock_address != next) return "slices that leave a gap";
    next += slice.told->num_macroblocks;
    if (slice.told->slice_type != (idr ? 2 : 0)) return "a slice that is neither I nor P";
    if (idr) continue;
    const VASurfaceID reference = slice.told->RefPicList0[0].picture_id;
    const auto& kept = parts.picture->ReferenceFrames;
    const bool known = std::any_of(std::begin(kept), std::end(kept), [&](const auto& frame) {
      return frame.flags != VA_PICTURE_H264_INVALID && frame.picture_id == reference;
    });
    if (!known || surface(reference) == nullptr) return "a reference that is not kept";
    if (reference == parts.picture->CurrPic.picture_id) return "a picture that refers to itself";
  }
  return nullptr;
}

/// Contexts of the syntax elements that are written, for cabac_init_idc 0 (tables 9-12, 9-13).
struct Contexts {
  CoderContext intra_type[3], skip[3], p_type, p_intra_type;

  explicit Contexts(int quantizer) {
    constexpr int kIntra[3][2] = {{20, -15}, {2, 54}, {3, 74}};
    constexpr int kSkip[3][2] = {{23, 33}, {23, 2}, {21, 0}};
    for (int i = 0; i < 3; ++i) {
      intra_type[i] = CoderContext::of(kIntra[i][0], kIntra[i][1], quantizer);
      skip[i] = CoderContext::of(kSkip[i][0], kSkip[i][1], quantizer);
    }
    p_type = CoderContext::of(1, 9, quantizer);
    p_intra_type = CoderContext::of(5, 57, quantizer);
  }
};

bool same_block(const Surface& a, const Surface& b, int x, int y) {
  for (int row = 0; row < 16; ++row) {
    if (std::memcmp(a.luma(x, y + row), b.luma(x, y + row), 16) != 0) return false;
  }
  for (int row = 0; row < 8; ++row) {
    if (std::memcmp(a.chroma(x / 2, y / 2 + row), b.chroma(x / 2, y / 2 + row), 16) != 0) {
      return false;
    }
  }
  return true;
}

void write_samples(SliceBits& bits, const Surface& input, int x, int y) {
  bits.align(0);
  for (int row = 0; row < 16; ++row) {
    for (int i = 0; i < 16; ++i) bits.byte(*(input.luma(x, y + row) + i));
  }
  for (int component = 0; component < 2; ++component) {
    for (int row = 0; row < 8; ++row) {
      for (int i = 0; i < 8; ++i) bits.byte(input.chroma(x / 2 + i, y / 2 + row)[component]);
    }
  }
}

void write_slice(std::vector<std::uint8_t>& stream, const Parts& parts, const Parts::Slice& slice,
                 const Surface& input, const Surface* reference) {
  const int columns = input.width / 16;
  SliceBits bits(slice.header.bytes, slice.header.bits);
  bits.align(1);
  ArithmeticCoder coder(bits);
  Contexts contexts(parts.picture->pic_init_qp + slice.told->slice_qp_delta);
  const auto first = static_cast<int>(slice.told->macroblock_address);
  const auto count = static_cast<int>(slice.told->num_macroblocks);
  std::vector<bool> skipped(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const int x = (first + i) % columns * 16;
    const int y = (first + i) / columns * 16;
    // Neighbours of this slice alone count.
    const bool left = x > 0 && i >= 1;
    const bool above = i >= columns;
    bool skip = false;
    if (reference != nullptr) {
      skip = same_block(input, *reference, x, y);
      const int context = (left && !skipped[static_cast<std::size_t>(i - 1)] ? 1 : 0) +
                          (above && !skipped[static_cast<std::size_t>(i - columns)] ? 1 : 0);
      coder.encode(contexts.skip[context], skip ? 1 : 0);
    }
    skipped[static_cast<std::size_t>(i)] = skip;
    if (!skip) {
      if (reference != nullptr) {
        coder.encode(contexts.p_type, 1);
        coder.encode(contexts.p_intra_type, 1);
      } else {
        coder.encode(contexts.intra_type[(left ? 1 : 0) + (above ? 1 : 0)], 1);
      }
      coder.terminate(1);
      write_samples(bits, input, x, y);
      coder.restart();
    }
    coder.terminate(i + 1 == count ? 1 : 0);
  }
  bits.align(0);
  append_escaped(stream, bits.bytes(), slice.header.bits / 8);
}

}  // namespace

Verdict encode_h264(const Task& task, const FindSurface& surface, VaFacts& facts) {
  const Parts parts = sort_out(task);
  Verdict verdict{.complaint = judge(parts, surface)};
  if (verdict.complaint != nullptr) return verdict;
  const bool idr = parts.picture->pic_fields.bits.idr_pic_flag != 0;
  verdict.stream = parts.parameter_sets;
  for (const auto& slice : parts.slices) {
    const Surface* reference = idr ? nullptr : surface(slice.told->RefPicList0[0].picture_id);
    write_slice(verdict.stream, parts, slice, *task.input, reference);
  }
  verdict.reconstructed = parts.picture->CurrPic.picture_id;
  verdict.coded = parts.picture->coded_buf;
  verdict.reconstruction = task.input->memory;
  facts.slices = static_cast<int>(parts.slices.size());
  facts.idr_frames += idr ? 1 : 0;
  facts.references_kept = static_cast<int>(std::count_if(
      std::begin(parts.picture->ReferenceFrames), std::end(parts.picture->ReferenceFrames),
      [](const auto& frame) { return frame.flags != VA_PICTURE_H264_INVALID; }));
  facts.distance = idr ? 0
                       : static_cast<int>(parts.picture->CurrPic.frame_idx -
                                          parts.slices[0].told->RefPicList0[0].frame_idx);
  return verdict;
}

}  // namespace earthshine::stand_in
