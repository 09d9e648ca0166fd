#include "encode/vaapi/va_hevc.h"

#include <algorithm>
#include <bit>

#include "encode/x264_level.h"

namespace earthshine {
namespace {

constexpr unsigned kHeaders =
    VA_ENC_PACKED_HEADER_SEQUENCE | VA_ENC_PACKED_HEADER_PICTURE | VA_ENC_PACKED_HEADER_SLICE;
constexpr std::uint8_t kIdrUnit = 19, kTrailingUnit = 1;

std::uint8_t log2_over(int power, int least) {
  return static_cast<std::uint8_t>(std::countr_zero(static_cast<unsigned>(power)) -
                                   std::countr_zero(static_cast<unsigned>(least)));
}

VAPictureHEVC no_picture() {
  VAPictureHEVC picture{};
  picture.picture_id = VA_INVALID_ID;
  picture.flags = VA_PICTURE_HEVC_INVALID;
  return picture;
}

VAPictureHEVC picture_of(const ReferenceFrames::Frame& frame, const VaSession& session,
                         bool referred_to) {
  VAPictureHEVC picture{};
  picture.picture_id = session.kept(frame.slot);
  picture.pic_order_cnt = static_cast<std::int32_t>(frame.order);
  picture.flags = referred_to ? VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE : 0;
  return picture;
}

/// What blocks and tools the encoder has. Drivers before libva 2.13 say nothing: then what every
/// one of them could.
void read_tools(const VaDisplay& display, VAProfile profile, VAEntrypoint entrypoint,
                HevcStream& stream) {
  stream.coding_tree_block = 32;
  stream.least_coding_block = 16;
  VAConfigAttribValEncHEVCBlockSizes sizes{};
  sizes.value = display.attribute(profile, entrypoint, VAConfigAttribEncHEVCBlockSizes);
  if (sizes.value != VA_ATTRIB_NOT_SUPPORTED && sizes.value != 0) {
    stream.coding_tree_block = 1 << (sizes.bits.log2_max_coding_tree_block_size_minus3 + 3);
    stream.least_coding_block = 1 << (sizes.bits.log2_min_luma_coding_block_size_minus3 + 3);
    stream.largest_transform = 1 << (sizes.bits.log2_max_luma_transform_block_size_minus2 + 2);
    stream.least_transform = 1 << (sizes.bits.log2_min_luma_transform_block_size_minus2 + 2);
    stream.transform_depth = static_cast<int>(sizes.bits.max_max_transform_hierarchy_depth_inter);
  }
  stream.largest_transform = std::min(stream.largest_transform, stream.coding_tree_block);
  VAConfigAttribValEncHEVCFeatures tools{};
  tools.value = display.attribute(profile, entrypoint, VAConfigAttribEncHEVCFeatures);
  if (tools.value == VA_ATTRIB_NOT_SUPPORTED || tools.value == 0) return;
  stream.amp = tools.bits.amp != 0;
  stream.sao = tools.bits.sao != 0;
  stream.temporal_motion = tools.bits.temporal_mvp != 0;
  stream.strong_intra = tools.bits.strong_intra_smoothing != 0;
  stream.quantizer_deltas = tools.bits.cu_qp_delta != 0;
  // What refers to an older frame must not take motion from the one that was lost.
  stream.temporal_motion = false;
}

}  // namespace

Result<std::unique_ptr<VaCodec>> VaHevc::open(const VaDisplay& display, VAProfile profile,
                                              VAEntrypoint entrypoint,
                                              const EncoderSettings& settings) {
  const auto attribute = [&](VAConfigAttribType type) {
    return display.attribute(profile, entrypoint, type);
  };
  std::unique_ptr<VaHevc> codec(new VaHevc);
  codec->profile_ = profile;
  codec->entrypoint_ = entrypoint;
  const unsigned packed = attribute(VAConfigAttribEncPackedHeaders);
  codec->packed_ = packed == VA_ATTRIB_NOT_SUPPORTED ? 0 : packed & kHeaders;
  if ((codec->packed_ & VA_ENC_PACKED_HEADER_SEQUENCE) == 0) {
    return Fault{
        "The driver writes HEVC's headers itself and says nothing of colours there; a "
        "newer version of it takes them from this host."};
  }
  HevcStream& stream = codec->stream_;
  stream.width = settings.width;
  stream.height = settings.height;
  stream.format = settings.format;
  stream.rate_numerator = settings.rate_numerator;
  stream.rate_denominator = settings.rate_denominator;
  const HevcLevel level = hevc_level(settings);
  stream.level = level.level;
  stream.high_tier = level.high_tier;
  // HEVC keeps six frames at the largest size of each level (A.4.2), this one among them.
  stream.reference_frames = std::min(x264_reference_frames(settings), 5);
  read_tools(display, profile, entrypoint, stream);
  const unsigned direction = attribute(VAConfigAttribPredictionDirection);
  stream.only_b = direction != VA_ATTRIB_NOT_SUPPORTED &&
                  (direction & VA_PREDICTION_DIRECTION_BI_NOT_EMPTY) != 0;
  codec->slice_rows_ =
      va_slice_rows(stream.rows(), settings.slices, attribute(VAConfigAttribEncMaxSlices),
                    attribute(VAConfigAttribEncSliceStructure));
  return std::unique_ptr<VaCodec>(std::move(codec));
}

VaSessionOptions VaHevc::session() const {
  const bool deep = stream_.format.bit_depth == 10;
  return {.profile = profile_,
          .entrypoint = entrypoint_,
          .width = stream_.coded_width(),
          .height = stream_.coded_height(),
          .rt_format = static_cast<unsigned>(deep ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420),
          .fourcc = static_cast<std::uint32_t>(deep ? VA_FOURCC_P010 : VA_FOURCC_NV12),
          .packed_headers = packed_,
          .kept_pictures = stream_.reference_frames + 1};
}

bool VaHevc::invalidates() const {
  // With slice headers of its own a driver takes the frame before.
  return (packed_ & VA_ENC_PACKED_HEADER_SLICE) != 0 && stream_.reference_frames > 1;
}

std::string VaHevc::description() const {
  return std::string(stream_.format.bit_depth == 10 ? "Main 10" : "Main") + ", level " +
         std::to_string(stream_.level / 30) + "." + std::to_string(stream_.level % 30 / 3) + ", " +
         std::to_string(slice_rows_.size()) + " slices, " +
         std::to_string(stream_.reference_frames) + " reference frames";
}

VaParameter VaHevc::sequence(int kbps) const {
  VAEncSequenceParameterBufferHEVC sequence{};
  sequence.general_profile_idc = stream_.format.bit_depth == 10 ? 2 : 1;
  sequence.general_level_idc = static_cast<std::uint8_t>(stream_.level);
  sequence.general_tier_flag = stream_.high_tier ? 1 : 0;
  // No intra frame but those that are asked for.
  sequence.intra_period = sequence.intra_idr_period = INT32_MAX;
  sequence.ip_period = 1;
  sequence.bits_per_second = static_cast<std::uint32_t>(kbps) * 1000;
  sequence.pic_width_in_luma_samples = static_cast<std::uint16_t>(stream_.coded_width());
  sequence.pic_height_in_luma_samples = static_cast<std::uint16_t>(stream_.coded_height());
  auto& fields = sequence.seq_fields.bits;
  fields.chroma_format_idc = 1;
  fields.bit_depth_luma_minus8 = fields.bit_depth_chroma_minus8 =
      static_cast<unsigned>(stream_.format.bit_depth - 8);
  fields.strong_intra_smoothing_enabled_flag = stream_.strong_intra ? 1 : 0;
  fields.amp_enabled_flag = stream_.amp ? 1 : 0;
  fields.sample_adaptive_offset_enabled_flag = stream_.sao ? 1 : 0;
  fields.low_delay_seq = stream_.only_b ? 1 : 0;
  sequence.log2_min_luma_coding_block_size_minus3 = log2_over(stream_.least_coding_block, 8);
  sequence.log2_diff_max_min_luma_coding_block_size =
      log2_over(stream_.coding_tree_block, stream_.least_coding_block);
  sequence.log2_min_transform_block_size_minus2 = log2_over(stream_.least_transform, 4);
  sequence.log2_diff_max_min_transform_block_size =
      log2_over(stream_.largest_transform, stream_.least_transform);
  sequence.max_transform_hierarchy_depth_inter = sequence.max_transform_hierarchy_depth_intra =
      static_cast<std::uint8_t>(stream_.transform_depth);
  sequence.vui_parameters_present_flag = 1;
  sequence.vui_fields.bits.vui_timing_info_present_flag = 1;
  sequence.vui_fields.bits.bitstream_restriction_flag = 1;
  sequence.vui_fields.bits.motion_vectors_over_pic_boundaries_flag = 1;
  sequence.vui_fields.bits.restricted_ref_pic_lists_flag = 1;
  sequence.vui_fields.bits.log2_max_mv_length_horizontal = 15;
  sequence.vui_fields.bits.log2_max_mv_length_vertical = 15;
  sequence.vui_num_units_in_tick = static_cast<std::uint32_t>(stream_.rate_denominator);
  sequence.vui_time_scale = static_cast<std::uint32_t>(stream_.rate_numerator);
  return va_parameter(VAEncSequenceParameterBufferType, sequence);
}

VaParameter VaHevc::picture(const VaFrame& frame, const VaSession& session) const {
  VAEncPictureParameterBufferHEVC picture{};
  picture.decoded_curr_pic = picture_of(frame.current, session, false);
  std::fill(std::begin(picture.reference_frames), std::end(picture.reference_frames), no_picture());
  std::size_t count = 0;
  for (const auto& kept : frame.kept) {
    if (frame.idr() || !kept.usable) continue;
    picture.reference_frames[count++] =
        picture_of(kept, session, kept.order == frame.reference->order);
  }
  picture.coded_buf = session.coded();
  // No motion is taken from another frame.
  picture.collocated_ref_pic_index = 0xFF;
  picture.pic_init_qp = static_cast<std::uint8_t>(stream_.initial_quantizer);
  picture.nal_unit_type = frame.idr() ? kIdrUnit : kTrailingUnit;
  auto& fields = picture.pic_fields.bits;
  fields.idr_pic_flag = frame.idr() ? 1 : 0;
  fields.coding_type = frame.idr() ? 1 : stream_.only_b ? 3 : 2;
  fields.reference_pic_flag = 1;
  fields.cu_qp_delta_enabled_flag = stream_.quantizer_deltas ? 1 : 0;
  fields.pps_loop_filter_across_slices_enabled_flag = 1;
  return va_parameter(VAEncPictureParameterBufferType, picture);
}

void VaHevc::add_slices(std::vector<VaParameter>& parameters, const VaFrame& frame,
                        const VaSession& session) const {
  std::vector<HevcKept> kept;
  for (const auto& each : frame.kept) {
    if (frame.idr() || !each.usable) continue;
    kept.push_back({.distance = frame.current.order - each.order,
                    .used = each.order == frame.reference->order});
  }
  HevcSlice header{.idr = frame.idr(), .order = frame.current.order, .kept = kept};
  for (std::size_t i = 0; i < slice_rows_.size(); ++i) {
    const int blocks = slice_rows_[i] * stream_.columns();
    VAEncSliceParameterBufferHEVC slice{};
    slice.slice_segment_address = static_cast<std::uint32_t>(header.first_block);
    slice.num_ctu_in_slice = static_cast<std::uint32_t>(blocks);
    slice.slice_type = frame.idr() ? 2 : stream_.only_b ? 0 : 1;
    std::fill(std::begin(slice.ref_pic_list0), std::end(slice.ref_pic_list0), no_picture());
    std::fill(std::begin(slice.ref_pic_list1), std::end(slice.ref_pic_list1), no_picture());
    if (frame.reference) {
      slice.ref_pic_list0[0] = picture_of(*frame.reference, session, true);
      if (stream_.only_b) slice.ref_pic_list1[0] = slice.ref_pic_list0[0];
    }
    slice.max_num_merge_cand = 5;
    auto& fields = slice.slice_fields.bits;
    fields.last_slice_of_pic_flag = i + 1 == slice_rows_.size() ? 1 : 0;
    fields.slice_sao_luma_flag = fields.slice_sao_chroma_flag = stream_.sao ? 1 : 0;
    fields.slice_loop_filter_across_slices_enabled_flag = 1;
    fields.collocated_from_l0_flag = 1;
    if ((packed_ & VA_ENC_PACKED_HEADER_SLICE) != 0) {
      add_packed_header(parameters, VAEncPackedHeaderSlice, hevc_slice_header(stream_, header));
    }
    parameters.push_back(va_parameter(VAEncSliceParameterBufferType, slice));
    header.first_block += blocks;
  }
}

std::vector<VaParameter> VaHevc::parameters(const VaFrame& frame, const VaSession& session) {
  std::vector<VaParameter> result;
  if (frame.idr()) result.push_back(sequence(frame.kbps));
  result.push_back(picture(frame, session));
  if (frame.idr()) {
    // The sequence's header is the video's and the sequence's parameters, one behind the other.
    PackedBits sets = hevc_video_parameters(stream_);
    const PackedBits more = hevc_sequence_parameters(stream_);
    sets.bytes.insert(sets.bytes.end(), more.bytes.begin(), more.bytes.end());
    sets.bits += more.bits;
    add_packed_header(result, VAEncPackedHeaderSequence, sets);
    if ((packed_ & VA_ENC_PACKED_HEADER_PICTURE) != 0) {
      add_packed_header(result, VAEncPackedHeaderPicture, hevc_picture_parameters(stream_));
    }
  }
  add_slices(result, frame, session);
  return result;
}

}  // namespace earthshine
