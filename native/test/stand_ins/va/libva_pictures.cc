// The stand-in encodes: from vaBeginPicture to the end of the wait for a frame.

#include <va/va.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "driver.h"
#include "h264.h"
#include "hevc.h"

using namespace earthshine::stand_in;

extern "C" {

VAStatus vaBeginPicture(VADisplay display, VAContextID id, VASurfaceID target) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  const auto context = gpu.contexts.find(id);
  const auto surface = gpu.surfaces.find(target);
  if (context == gpu.contexts.end() || surface == gpu.surfaces.end()) {
    return gpu.wrong("a picture of no context or surface");
  }
  if (context->second.begun) return gpu.wrong("a picture is begun before the last one ended");
  if (!surface->second->written) return gpu.wrong("a picture that nobody has written");
  context->second.begun = true;
  context->second.target = target;
  context->second.rendered.clear();
  return VA_STATUS_SUCCESS;
}

VAStatus vaRenderPicture(VADisplay display, VAContextID id, VABufferID* buffers, int count) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  const auto context = gpu.contexts.find(id);
  if (context == gpu.contexts.end() || !context->second.begun) {
    return gpu.wrong("parameters of a picture that was not begun");
  }
  context->second.rendered.insert(context->second.rendered.end(), buffers, buffers + count);
  return VA_STATUS_SUCCESS;
}

static void note_rate(Driver& gpu, const Buffer& buffer) {
  const auto* misc = reinterpret_cast<const VAEncMiscParameterBuffer*>(buffer.bytes.data());
  VaFacts& facts = gpu.facts;
  if (misc->type == VAEncMiscParameterTypeRateControl) {
    const auto* rate = reinterpret_cast<const VAEncMiscParameterRateControl*>(misc->data);
    facts.bits_per_second = rate->bits_per_second;
    facts.least_quantizer = rate->min_qp;
    facts.filler = rate->rc_flags.bits.disable_bit_stuffing == 0;
    facts.rate_told_at = facts.frames;
  } else if (misc->type == VAEncMiscParameterTypeHRD) {
    facts.buffer_bits = reinterpret_cast<const VAEncMiscParameterHRD*>(misc->data)->buffer_size;
  } else if (misc->type == VAEncMiscParameterTypeFrameRate) {
    const auto* rate = reinterpret_cast<const VAEncMiscParameterFrameRate*>(misc->data);
    facts.rate_numerator = rate->framerate & 0xFFFF;
    facts.rate_denominator = rate->framerate >> 16;
  }
}

VAStatus vaEndPicture(VADisplay display, VAContextID id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  const auto found = gpu.contexts.find(id);
  if (found == gpu.contexts.end() || !found->second.begun) {
    return gpu.wrong("a picture is ended that was not begun");
  }
  Context& context = found->second;
  context.begun = false;
  ++gpu.facts.frames;
  if (gpu.is("crash")) std::raise(SIGSEGV);
  if (gpu.lost()) return VA_STATUS_ERROR_OPERATION_FAILED;
  Task task{.input = gpu.surfaces[context.target].get()};
  for (const VABufferID each : context.rendered) {
    const auto buffer = gpu.buffers.find(each);
    if (buffer == gpu.buffers.end()) return gpu.wrong("a parameter that is not there");
    if (buffer->second->type == VAEncMiscParameterBufferType) note_rate(gpu, *buffer->second);
    task.parameters.push_back(buffer->second.get());
  }
  const FindSurface surface = [&](VASurfaceID which) -> const Surface* {
    const auto place = gpu.surfaces.find(which);
    return place == gpu.surfaces.end() ? nullptr : place->second.get();
  };
  Verdict verdict = context.profile == VAProfileH264High ? encode_h264(task, surface, gpu.facts)
                                                         : encode_hevc(task, surface, gpu.facts);
  if (verdict.complaint != nullptr) return gpu.wrong(verdict.complaint);
  const auto coded = gpu.buffers.find(verdict.coded);
  if (coded == gpu.buffers.end() || coded->second->type != VAEncCodedBufferType) {
    return gpu.wrong("no buffer for what is encoded");
  }
  gpu.surfaces[verdict.reconstructed]->memory = std::move(verdict.reconstruction);
  coded->second->coded = std::move(verdict.stream);
  coded->second->ready = true;
  return VA_STATUS_SUCCESS;
}

static VAStatus wait_for_frame(std::uint64_t timeout) {
  Driver& gpu = driver();
  int slow = 0;
  {
    const std::lock_guard lock(gpu.mutex);
    if (gpu.lost()) return VA_STATUS_ERROR_ENCODING_ERROR;
    if (gpu.is("timeout")) return VA_STATUS_ERROR_TIMEDOUT;
    if (gpu.is("hang")) slow = -1;
    if (slow == 0) slow = gpu.orders.number("slow");
  }
  while (slow < 0) std::this_thread::sleep_for(std::chrono::hours(1));
  if (slow > 0) std::this_thread::sleep_for(std::chrono::milliseconds(slow));
  return VA_STATUS_SUCCESS;
}

VAStatus vaSyncBuffer(VADisplay display, VABufferID id, std::uint64_t timeout) {
  if (driver().orders.has("no-sync-buffer")) return VA_STATUS_ERROR_UNIMPLEMENTED;
  return wait_for_frame(timeout);
}

VAStatus vaSyncSurface(VADisplay display, VASurfaceID id) {
  return wait_for_frame(VA_TIMEOUT_INFINITE);
}

}  // extern "C"
