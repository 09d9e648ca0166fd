#include "encode/vaapi/va_h264.h"

#include <algorithm>

#include "encode/x264_level.h"

namespace earthshine {
namespace {

constexpr VAProfile kProfile = VAProfileH264High;
constexpr unsigned kHeaders =
    VA_ENC_PACKED_HEADER_SEQUENCE | VA_ENC_PACKED_HEADER_PICTURE | VA_ENC_PACKED_HEADER_SLICE;
constexpr std::uint8_t kP = 0, kI = 2;

VAPictureH264 no_picture() {
  VAPictureH264 picture{};
  picture.picture_id = VA_INVALID_ID;
  picture.flags = VA_PICTURE_H264_INVALID;
  return picture;
}

VAPictureH264 picture_of(const ReferenceFrames::Frame& frame, const VaSession& session,
                         bool reference) {
  VAPictureH264 picture{};
  picture.picture_id = session.kept(frame.slot);
  picture.frame_idx = frame.order % (1U << kH264FrameNumBits);
  picture.flags = reference ? VA_PICTURE_H264_SHORT_TERM_REFERENCE : 0;
  picture.TopFieldOrderCnt = picture.BottomFieldOrderCnt =
      static_cast<std::int32_t>(frame.order * 2);
  return picture;
}

}  // namespace

Result<std::unique_ptr<VaCodec>> VaH264::open(const VaDisplay& display, VAEntrypoint entrypoint,
                                              const EncoderSettings& settings) {
  const auto attribute = [&](VAConfigAttribType type) {
    return display.attribute(kProfile, entrypoint, type);
  };
  std::unique_ptr<VaH264> codec(new VaH264);
  codec->entrypoint_ = entrypoint;
  const unsigned packed = attribute(VAConfigAttribEncPackedHeaders);
  codec->packed_ = packed == VA_ATTRIB_NOT_SUPPORTED ? 0 : packed & kHeaders;
  if ((codec->packed_ & VA_ENC_PACKED_HEADER_SEQUENCE) == 0) {
    return Fault{
        "The driver writes H.264's headers itself and says nothing of colours there; a "
        "newer version of it takes them from this host."};
  }
  H264Stream& stream = codec->stream_;
  stream.width = settings.width;
  stream.height = settings.height;
  stream.format = settings.format;
  stream.rate_numerator = settings.rate_numerator;
  stream.rate_denominator = settings.rate_denominator;
  stream.level = h264_level(settings);
  stream.reference_frames = x264_reference_frames(settings);
  codec->slice_rows_ =
      va_slice_rows(stream.rows(), settings.slices, attribute(VAConfigAttribEncMaxSlices),
                    attribute(VAConfigAttribEncSliceStructure));
  return std::unique_ptr<VaCodec>(std::move(codec));
}

VaSessionOptions VaH264::session() const {
  return {.profile = kProfile,
          .entrypoint = entrypoint_,
          .width = stream_.columns() * 16,
          .height = stream_.rows() * 16,
          .packed_headers = packed_,
          .kept_pictures = stream_.reference_frames + 1};
}

bool VaH264::invalidates() const {
  // With slice headers of its own a driver takes the frame before.
  return (packed_ & VA_ENC_PACKED_HEADER_SLICE) != 0 && stream_.reference_frames > 1;
}

std::string VaH264::description() const {
  return "level " + std::to_string(stream_.level / 10) + "." + std::to_string(stream_.level % 10) +
         ", " + std::to_string(slice_rows_.size()) + " slices, " +
         std::to_string(stream_.reference_frames) + " reference frames";
}

VaParameter VaH264::sequence(int kbps) const {
  VAEncSequenceParameterBufferH264 sequence{};
  sequence.level_idc = static_cast<std::uint8_t>(stream_.level);
  // No intra frame but those that are asked for.
  sequence.intra_period = sequence.intra_idr_period = INT32_MAX;
  sequence.ip_period = 1;
  sequence.bits_per_second = static_cast<std::uint32_t>(kbps) * 1000;
  sequence.max_num_ref_frames = static_cast<std::uint32_t>(stream_.reference_frames);
  sequence.picture_width_in_mbs = static_cast<std::uint16_t>(stream_.columns());
  sequence.picture_height_in_mbs = static_cast<std::uint16_t>(stream_.rows());
  sequence.seq_fields.bits.chroma_format_idc = 1;
  sequence.seq_fields.bits.frame_mbs_only_flag = 1;
  sequence.seq_fields.bits.direct_8x8_inference_flag = 1;
  sequence.seq_fields.bits.log2_max_frame_num_minus4 = kH264FrameNumBits - 4;
  sequence.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = kH264OrderBits - 4;
  const int right = stream_.columns() * 16 - stream_.width;
  const int bottom = stream_.rows() * 16 - stream_.height;
  sequence.frame_cropping_flag = right > 0 || bottom > 0 ? 1 : 0;
  sequence.frame_crop_right_offset = static_cast<std::uint32_t>(right / 2);
  sequence.frame_crop_bottom_offset = static_cast<std::uint32_t>(bottom / 2);
  sequence.vui_parameters_present_flag = 1;
  sequence.vui_fields.bits.timing_info_present_flag = 1;
  sequence.vui_fields.bits.fixed_frame_rate_flag = 0;
  sequence.vui_fields.bits.bitstream_restriction_flag = 1;
  sequence.vui_fields.bits.motion_vectors_over_pic_boundaries_flag = 1;
  sequence.vui_fields.bits.log2_max_mv_length_horizontal = 15;
  sequence.vui_fields.bits.log2_max_mv_length_vertical = 15;
  sequence.num_units_in_tick = static_cast<std::uint32_t>(stream_.rate_denominator);
  sequence.time_scale = static_cast<std::uint32_t>(stream_.rate_numerator) * 2;
  return va_parameter(VAEncSequenceParameterBufferType, sequence);
}

VaParameter VaH264::picture(const VaFrame& frame, const VaSession& session) const {
  VAEncPictureParameterBufferH264 picture{};
  picture.CurrPic = picture_of(frame.current, session, true);
  std::fill(std::begin(picture.ReferenceFrames), std::end(picture.ReferenceFrames), no_picture());
  std::size_t count = 0;
  for (const auto& kept : frame.idr() ? std::span<const ReferenceFrames::Frame>{} : frame.kept) {
    picture.ReferenceFrames[count++] = picture_of(kept, session, true);
  }
  picture.coded_buf = session.coded();
  picture.frame_num = static_cast<std::uint16_t>(frame.current.order % (1U << kH264FrameNumBits));
  picture.pic_init_qp = static_cast<std::uint8_t>(stream_.initial_quantizer);
  picture.pic_fields.bits.idr_pic_flag = frame.idr() ? 1 : 0;
  picture.pic_fields.bits.reference_pic_flag = 1;
  picture.pic_fields.bits.entropy_coding_mode_flag = stream_.cabac ? 1 : 0;
  picture.pic_fields.bits.transform_8x8_mode_flag = stream_.transform_8x8 ? 1 : 0;
  picture.pic_fields.bits.deblocking_filter_control_present_flag = 1;
  return va_parameter(VAEncPictureParameterBufferType, picture);
}

std::vector<VaParameter> VaH264::parameters(const VaFrame& frame, const VaSession& session) {
  std::vector<VaParameter> result;
  if (frame.idr()) {
    idr_id_ = 1 - idr_id_;
    result.push_back(sequence(frame.kbps));
  }
  result.push_back(picture(frame, session));
  if (frame.idr()) {
    add_packed_header(result, VAEncPackedHeaderSequence, h264_sequence_parameters(stream_));
    if ((packed_ & VA_ENC_PACKED_HEADER_PICTURE) != 0) {
      add_packed_header(result, VAEncPackedHeaderPicture, h264_picture_parameters(stream_));
    }
  }
  H264Slice header{.idr = frame.idr(), .idr_id = idr_id_, .order = frame.current.order};
  if (frame.reference) header.distance = frame.current.order - frame.reference->order;
  for (const int rows : slice_rows_) {
    VAEncSliceParameterBufferH264 slice{};
    slice.macroblock_address = static_cast<std::uint32_t>(header.first_macroblock);
    slice.num_macroblocks = static_cast<std::uint32_t>(rows * stream_.columns());
    slice.macroblock_info = VA_INVALID_ID;
    slice.slice_type = frame.idr() ? kI : kP;
    slice.idr_pic_id = static_cast<std::uint16_t>(idr_id_);
    slice.pic_order_cnt_lsb =
        static_cast<std::uint16_t>(frame.current.order * 2 % (1U << kH264OrderBits));
    std::fill(std::begin(slice.RefPicList0), std::end(slice.RefPicList0), no_picture());
    std::fill(std::begin(slice.RefPicList1), std::end(slice.RefPicList1), no_picture());
    if (frame.reference) slice.RefPicList0[0] = picture_of(*frame.reference, session, true);
    if ((packed_ & VA_ENC_PACKED_HEADER_SLICE) != 0) {
      add_packed_header(result, VAEncPackedHeaderSlice, h264_slice_header(stream_, header));
    }
    result.push_back(va_parameter(VAEncSliceParameterBufferType, slice));
    header.first_macroblock += rows * stream_.columns();
  }
  return result;
}

}  // namespace earthshine
