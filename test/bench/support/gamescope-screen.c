#define _GNU_SOURCE
// A screen that hands its pictures out through PipeWire, as gamescope does: moving content at a
// fixed rate, whatever the machine's compositors could draw, found by its socket and the name of
// its node.
//
//   gamescope-screen WIDTH HEIGHT FPS
//
// SIGUSR1 makes the picture still and back: then nothing is sent, as compositors send nothing.

#include <errno.h>
#include <inttypes.h>
#include <pipewire/pipewire.h>
#include <signal.h>
#include <spa/param/video/format-utils.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "moving-scene.h"
#include "pattern-strip.h"

enum { kBuffers = 4 };

static int width, height;
static double rate;
static MovingScene* scene;
static struct pw_stream* stream;
static struct pw_thread_loop* loop;
static bool streaming;
static volatile sig_atomic_t paused;

static void fail(const char* what) {
  fprintf(stderr, "gamescope-screen: %s\n", what);
  exit(1);
}

static int64_t now_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void toggle_pause(int signal) {
  (void)signal;
  paused = !paused;
}

/// The socket that the host looks for.
static void listen_as_display(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char* runtime = getenv("XDG_RUNTIME_DIR");
  if (runtime == NULL) fail("no XDG_RUNTIME_DIR");
  snprintf(address.sun_path, sizeof address.sun_path, "%s/gamescope-0", runtime);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 4) != 0) {
    fail("cannot listen");
  }
}

static void state_changed(void* data, enum pw_stream_state old, enum pw_stream_state state,
                          const char* error) {
  (void)data, (void)old, (void)error;
  streaming = state == PW_STREAM_STATE_STREAMING;
}

static void param_changed(void* data, uint32_t id, const struct spa_pod* param) {
  (void)data;
  if (id != SPA_PARAM_Format || param == NULL) return;
  uint8_t memory[2048];
  struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
  const int stride = 4 * width;
  const struct spa_pod* parameters[] = {
      spa_pod_builder_add_object(
          &builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
          SPA_POD_CHOICE_RANGE_Int(kBuffers, 2, kBuffers), SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1),
          SPA_PARAM_BUFFERS_size, SPA_POD_Int(stride * height), SPA_PARAM_BUFFERS_stride,
          SPA_POD_Int(stride), SPA_PARAM_BUFFERS_dataType,
          SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd)),
      spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
                                 SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
                                 SPA_PARAM_META_size, SPA_POD_Int(sizeof(struct spa_meta_header))),
  };
  pw_stream_update_params(stream, parameters, 2);
}

static void add_buffer(void* data, struct pw_buffer* buffer) {
  (void)data;
  struct spa_data* memory = &buffer->buffer->datas[0];
  const size_t size = (size_t)4 * width * height;
  memory->type = SPA_DATA_MemFd;
  memory->flags = SPA_DATA_FLAG_READWRITE;
  memory->fd = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory->fd < 0 || ftruncate((int)memory->fd, (off_t)size) != 0) fail("no memory");
  memory->mapoffset = 0;
  memory->maxsize = (uint32_t)size;
  buffer->user_data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)memory->fd, 0);
  if (buffer->user_data == MAP_FAILED) fail("no memory");
}

static void remove_buffer(void* data, struct pw_buffer* buffer) {
  (void)data;
  munmap(buffer->user_data, (size_t)4 * width * height);
  close((int)buffer->buffer->datas[0].fd);
}

static const struct pw_stream_events kEvents = {
    PW_VERSION_STREAM_EVENTS, .state_changed = state_changed, .param_changed = param_changed,
    .add_buffer = add_buffer, .remove_buffer = remove_buffer,
};

static void offer(void) {
  uint8_t memory[1024];
  struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
  const struct spa_rectangle size = SPA_RECTANGLE((uint32_t)width, (uint32_t)height);
  const struct spa_fraction variable = SPA_FRACTION(0, 1);
  const struct spa_pod* format = spa_pod_builder_add_object(
      &builder, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType,
      SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
      SPA_FORMAT_VIDEO_format, SPA_POD_Id(SPA_VIDEO_FORMAT_BGRx), SPA_FORMAT_VIDEO_framerate,
      SPA_POD_Fraction(&variable), SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size));
  pw_stream_connect(stream, PW_DIRECTION_OUTPUT, PW_ID_ANY,
                    PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_ALLOC_BUFFERS, &format, 1);
}

/// Draws into a buffer that nobody reads, and hands it out.
static bool send_picture(uint32_t counter) {
  struct pw_buffer* buffer = pw_stream_dequeue_buffer(stream);
  if (buffer == NULL) return false;
  const int64_t begun = now_nanoseconds();
  draw_moving_scene(scene, buffer->user_data, counter);
  draw_strip(buffer->user_data, width, height, counter, begun / 1000);
  struct spa_chunk* chunk = buffer->buffer->datas[0].chunk;
  chunk->offset = 0;
  chunk->size = (uint32_t)(4 * width * height);
  chunk->stride = 4 * width;
  chunk->flags = 0;
  struct spa_meta_header* header =
      spa_buffer_find_meta_data(buffer->buffer, SPA_META_Header, sizeof *header);
  if (header != NULL) {
    header->flags = 0;
    header->pts = now_nanoseconds();
    header->seq = counter;
  }
  pw_stream_queue_buffer(stream, buffer);
  pw_stream_trigger_process(stream);
  return true;
}

int main(int count, char** arguments) {
  if (count != 4) fail("WIDTH HEIGHT FPS");
  width = atoi(arguments[1]);
  height = atoi(arguments[2]);
  rate = atof(arguments[3]);
  if (width < 64 || height < 64 || rate <= 0) fail("a size and a rate");
  scene = make_moving_scene(width, height);
  signal(SIGUSR1, toggle_pause);
  listen_as_display();

  pw_init(NULL, NULL);
  loop = pw_thread_loop_new("screen", NULL);
  pw_thread_loop_start(loop);
  pw_thread_loop_lock(loop);
  struct pw_context* context = pw_context_new(pw_thread_loop_get_loop(loop), NULL, 0);
  struct pw_core* core = pw_context_connect(context, NULL, 0);
  if (core == NULL) fail("no PipeWire");
  stream = pw_stream_new(
      core, "gamescope",
      pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_NODE_NAME, "gamescope", NULL));
  struct spa_hook listener = {0};
  pw_stream_add_listener(stream, &listener, &kEvents, NULL);
  offer();
  pw_thread_loop_unlock(loop);
  printf("{\"kind\":\"ready\"}\n");
  fflush(stdout);

  const int64_t interval = (int64_t)(1e9 / rate);
  int64_t next = now_nanoseconds();
  uint32_t counter = 0;
  for (;;) {
    next += interval;
    const int64_t time = now_nanoseconds();
    if (next < time) next = time;  // behind: no burst to catch up
    const struct timespec until = {next / 1000000000, next % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
    pw_thread_loop_lock(loop);
    // A still screen has had its one picture.
    if (streaming && (!paused || counter == 0) && send_picture(counter + 1)) ++counter;
    pw_thread_loop_unlock(loop);
  }
}
