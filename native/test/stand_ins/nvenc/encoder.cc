#include "encoder.h"

#include <cstddef>

namespace earthshine::stand_in {

Circuits::Circuits(int width, int height, bool full_chroma, int references, int slices,
                   bool full_range, int matrix)
    : width_(width), height_(height), full_chroma_(full_chroma) {
  x264_param_t parameters;
  x264_param_default_preset(&parameters, "ultrafast", "zerolatency");
  parameters.i_csp = full_chroma ? X264_CSP_I444 : X264_CSP_NV12;
  parameters.i_width = width;
  parameters.i_height = height;
  parameters.i_threads = 1;
  parameters.i_slice_count = slices;
  parameters.i_keyint_max = X264_KEYINT_MAX_INFINITE;
  parameters.i_frame_reference = 1;
  parameters.i_dpb_size = references;
  parameters.b_repeat_headers = 1;
  parameters.b_annexb = 1;
  parameters.rc.i_rc_method = X264_RC_CQP;
  parameters.rc.i_qp_constant = 24;
  parameters.vui.b_fullrange = full_range ? 1 : 0;
  parameters.vui.i_colorprim = parameters.vui.i_transfer = parameters.vui.i_colmatrix = matrix;
  parameters.i_log_level = X264_LOG_NONE;
  encoder_.reset(x264_encoder_open(&parameters));
}

Circuits::Written Circuits::encode(const std::uint8_t* memory, int pitch, std::int64_t time,
                                   bool idr) {
  Written written;
  if (!encoder_) return written;
  x264_picture_t in;
  x264_picture_init(&in);
  in.img.i_csp = full_chroma_ ? X264_CSP_I444 : X264_CSP_NV12;
  in.img.i_plane = full_chroma_ ? 3 : 2;
  for (int plane = 0; plane < in.img.i_plane; ++plane) {
    in.img.plane[plane] =
        const_cast<std::uint8_t*>(memory) + static_cast<std::ptrdiff_t>(pitch) * height_ * plane;
    in.img.i_stride[plane] = pitch;
  }
  in.i_pts = time;
  in.i_type = idr ? X264_TYPE_IDR : X264_TYPE_P;
  x264_nal_t* units = nullptr;
  int count = 0;
  x264_picture_t out;
  const int size = x264_encoder_encode(encoder_.get(), &units, &count, &in, &out);
  if (size > 0) written.bytes.assign(units[0].p_payload, units[0].p_payload + size);
  written.idr = out.i_type == X264_TYPE_IDR;
  return written;
}

bool Circuits::invalidate(std::int64_t time) {
  return encoder_ && x264_encoder_invalidate_reference(encoder_.get(), time) == 0;
}

}  // namespace earthshine::stand_in
