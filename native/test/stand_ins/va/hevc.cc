#include "hevc.h"

#include <algorithm>
#include <cstdlib>

#include "../arithmetic_coder.h"
#include "packed_headers.h"

namespace earthshine::stand_in {
namespace {

constexpr int kBlock = 32;

struct Slice {
  const VAEncSliceParameterBufferHEVC* told;
  PackedHeader header;
};

struct Parts {
  const VAEncSequenceParameterBufferHEVC* sequence = nullptr;
  const VAEncPictureParameterBufferHEVC* picture = nullptr;
  std::vector<Slice> slices;
  std::vector<std::uint8_t> parameter_sets;
  const char* complaint = nullptr;
};

Parts sort_out(const Task& task) {
  Parts parts;
  PackedHeaders headers;
  for (const Buffer* buffer : task.parameters) {
    headers.take(*buffer);
    if (buffer->type == VAEncSequenceParameterBufferType) {
      parts.sequence = structure_in<VAEncSequenceParameterBufferHEVC>(*buffer);
    } else if (buffer->type == VAEncPictureParameterBufferType) {
      parts.picture = structure_in<VAEncPictureParameterBufferHEVC>(*buffer);
    } else if (buffer->type == VAEncSliceParameterBufferType) {
      const auto* slice = structure_in<VAEncSliceParameterBufferHEVC>(*buffer);
      if (slice == nullptr || headers.slice.bytes.empty()) {
        parts.complaint = "a slice without its header";
        break;
      }
      parts.slices.push_back({slice, std::move(headers.slice)});
      headers.slice = {};
    }
  }
  if (parts.complaint == nullptr) parts.complaint = headers.complaint;
  parts.parameter_sets = std::move(headers.parameter_sets);
  return parts;
}

const char* judge(const Parts& parts, const Surface& input, const FindSurface& surface) {
  if (parts.complaint != nullptr) return parts.complaint;
  if (parts.picture == nullptr || parts.slices.empty()) return "no picture or no slice";
  const bool idr = parts.picture->pic_fields.bits.idr_pic_flag != 0;
  if (idr != (parts.sequence != nullptr)) return "a sequence without an IDR, or the reverse";
  if (idr && (parts.sequence->seq_fields.bits.bit_depth_luma_minus8 == 2) != input.deep) {
    return "a sequence of another depth than its picture";
  }
  if (idr == parts.parameter_sets.empty()) return "parameter sets without an IDR, or the reverse";
  if (surface(parts.picture->decoded_curr_pic.picture_id) == nullptr) return "no place for it";
  std::uint32_t next = 0;
  for (const Slice& slice : parts.slices) {
    if (slice.told->slice_segment_address != next) return "slices that leave a gap";
    next += slice.told->num_ctu_in_slice;
    if (idr) continue;
    const VASurfaceID reference = slice.told->ref_pic_list0[0].picture_id;
    const auto& kept = parts.picture->reference_frames;
    const bool known = std::any_of(std::begin(kept), std::end(kept), [&](const auto& frame) {
      return frame.picture_id == reference &&
             (frame.flags & VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE) != 0;
    });
    if (!known || surface(reference) == nullptr) return "a reference that is not kept";
  }
  return nullptr;
}

/// From the number of tables 9-5 to 9-37.
CoderContext context_of(int number, int quantizer) {
  return CoderContext::of((number >> 4) * 5 - 45, ((number & 15) << 3) - 16, quantizer);
}

/// For slices of I, P and B, each with its own numbers.
struct Contexts {
  CoderContext skip[3], intra, whole, likely_mode, chroma_mode, cbf_luma, cbf_chroma, delta;
  CoderContext last_x, last_y, above_one, above_two, merge;

  Contexts(int type, int quantizer) {
    const auto at = [&](int i, int p, int b) {
      return context_of(type == 0 ? i : type == 1 ? p : b, quantizer);
    };
    constexpr int kSkip[3] = {197, 185, 201};
    for (int i = 0; i < 3; ++i) skip[i] = context_of(kSkip[i], quantizer);
    intra = at(0, 149, 134);
    whole = at(184, 154, 154);
    likely_mode = at(184, 154, 183);
    chroma_mode = at(63, 152, 152);
    cbf_luma = at(141, 111, 111);
    cbf_chroma = at(94, 149, 149);
    delta = at(154, 154, 154);
    last_x = last_y = at(111, 110, 125);
    above_one = at(92, 196, 196);
    above_two = at(138, 107, 107);
    merge = at(0, 122, 137);
  }
};

/// What a coefficient alone, the mean, adds to each sample of a block of 32 at quantizer 26
/// (§8.6.3, §8.6.4). With 10 bits its scale and what is cut off again both have two bits more; only
/// the last step cuts off two less.
int added_by(int level, bool deep) {
  const int coefficient = (level * 16 * (51 << 4) + 128) >> 8;
  const int rows = (64 * coefficient + 64) >> 7;
  return deep ? (64 * rows + 512) >> 10 : (64 * rows + 2048) >> 12;
}

int level_for(int difference, bool deep) {
  int best = 0;
  for (int level = -400; level <= 400; ++level) {
    if (std::abs(added_by(level, deep) - difference) <
        std::abs(added_by(best, deep) - difference)) {
      best = level;
    }
  }
  return best;
}

/// coeff_abs_level_remaining with a parameter of 0 (§9.3.3.11).
void write_remaining(ArithmeticCoder& coder, int value) {
  if (value < 4) {
    for (int i = 0; i < value; ++i) coder.bypass(1);
    coder.bypass(0);
    return;
  }
  // Four ones, then an Exp-Golomb code of order 1.
  int rest = value - 4;
  int length = 1;
  for (int i = 0; i < 4; ++i) coder.bypass(1);
  while (rest >= 1 << length) {
    coder.bypass(1);
    rest -= 1 << length++;
  }
  coder.bypass(0);
  while (length-- > 0) coder.bypass(static_cast<unsigned>(rest >> length & 1));
}

void write_block(ArithmeticCoder& coder, Contexts& contexts, int level, bool deltas) {
  coder.encode(contexts.whole, 1);
  coder.encode(contexts.likely_mode, 1);
  // The second of the likely modes: the mean of the neighbours.
  coder.bypass(1);
  coder.bypass(0);
  coder.encode(contexts.chroma_mode, 0);
  coder.encode(contexts.cbf_chroma, 0);
  coder.encode(contexts.cbf_chroma, 0);
  coder.encode(contexts.cbf_luma, level != 0 ? 1 : 0);
  if (level == 0) return;
  if (deltas) coder.encode(contexts.delta, 0);
  coder.encode(contexts.last_x, 0);
  coder.encode(contexts.last_y, 0);
  const int size = std::abs(level);
  coder.encode(contexts.above_one, size > 1 ? 1 : 0);
  if (size > 1) coder.encode(contexts.above_two, size > 2 ? 1 : 0);
  coder.bypass(level < 0 ? 1 : 0);
  if (size > 2) write_remaining(coder, size - 3);
}

int mean(const Surface& input, int left, int top) {
  int sum = 0;
  for (int y = 0; y < kBlock; ++y) {
    for (int x = 0; x < kBlock; ++x) sum += input.light(left + x, top + y);
  }
  return sum / (kBlock * kBlock);
}

/// The tiles of one picture, kept in the surface that the driver keeps it in.
struct Tiles {
  Surface& surface;
  [[nodiscard]] std::uint16_t& at(int index) const {
    return reinterpret_cast<std::uint16_t*>(surface.memory.data())[index];
  }
};

}  // namespace

Verdict encode_hevc(const Task& task, const FindSurface& surface, VaFacts& facts) {
  const Parts parts = sort_out(task);
  Verdict verdict{.complaint = judge(parts, *task.input, surface)};
  if (verdict.complaint != nullptr) return verdict;
  const bool idr = parts.picture->pic_fields.bits.idr_pic_flag != 0;
  const int columns = task.input->width / kBlock;
  const int count = columns * (task.input->height / kBlock);
  const auto order = parts.picture->decoded_curr_pic.pic_order_cnt;

  const bool deep = task.input->deep;
  const int brightest = deep ? 1023 : 255;
  Surface tiles(task.input->width, task.input->height);
  const Tiles now{tiles};
  if (!idr) {
    tiles.memory = surface(parts.slices[0].told->ref_pic_list0[0].picture_id)->memory;
  }
  verdict.stream = parts.parameter_sets;
  for (const Slice& slice : parts.slices) {
    SliceBits bits(slice.header.bytes, slice.header.bits);
    ArithmeticCoder coder(bits);
    const int type = slice.told->slice_type == 2 ? 0 : slice.told->slice_type == 1 ? 1 : 2;
    Contexts contexts(type, parts.picture->pic_init_qp + slice.told->slice_qp_delta);
    const auto first = static_cast<int>(slice.told->slice_segment_address);
    const auto blocks = static_cast<int>(slice.told->num_ctu_in_slice);
    std::vector<bool> skipped(static_cast<std::size_t>(count));
    for (int i = first; i < first + blocks; ++i) {
      const bool left = i % columns > 0 && i - 1 >= first;
      const bool above = i - columns >= first;
      const bool skip = !idr && i != order % count;
      if (!idr) {
        const int context = (left && skipped[static_cast<std::size_t>(i - 1)] ? 1 : 0) +
                            (above && skipped[static_cast<std::size_t>(i - columns)] ? 1 : 0);
        coder.encode(contexts.skip[context], skip ? 1 : 0);
      }
      skipped[static_cast<std::size_t>(i)] = skip;
      if (skip) {
        coder.encode(contexts.merge, 0);
      } else {
        if (!idr) coder.encode(contexts.intra, 1);
        const int before = left ? now.at(i - 1) : above ? now.at(i - columns) : (brightest + 1) / 2;
        const int over = above ? now.at(i - columns) : before;
        const int predicted = (before + over + 1) >> 1;
        const int wanted = mean(*task.input, i % columns * kBlock, i / columns * kBlock);
        const int level = level_for(wanted - predicted, deep);
        write_block(coder, contexts, level,
                    parts.picture->pic_fields.bits.cu_qp_delta_enabled_flag != 0);
        now.at(i) =
            static_cast<std::uint16_t>(std::clamp(predicted + added_by(level, deep), 0, brightest));
      }
      coder.terminate(i + 1 == first + blocks ? 1 : 0);
    }
    bits.align(0);
    append_escaped(verdict.stream, bits.bytes(), slice.header.bits / 8);
  }
  verdict.reconstruction = std::move(tiles.memory);
  verdict.reconstructed = parts.picture->decoded_curr_pic.picture_id;
  verdict.coded = parts.picture->coded_buf;
  facts.slices = static_cast<int>(parts.slices.size());
  facts.idr_frames += idr ? 1 : 0;
  facts.references_kept = static_cast<int>(std::count_if(
      std::begin(parts.picture->reference_frames), std::end(parts.picture->reference_frames),
      [](const auto& frame) { return frame.flags != VA_PICTURE_HEVC_INVALID; }));
  facts.distance = idr ? 0 : order - parts.slices[0].told->ref_pic_list0[0].pic_order_cnt;
  return verdict;
}

}  // namespace earthshine::stand_in
