#define _GNU_SOURCE
// A full-screen Wayland client that draws the machine-readable strip of
// docs/3-reference/test-pattern.md above a moving bar, and says on its standard output which input it
// gets, one JSON object a line.
//
//   wayland-pattern [OUTPUT]     on the output of that name, else wherever the compositor puts it
//
// It draws whenever the compositor asks for a picture, and damages only what changed.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <wayland-client.h>

#include "input-report.h"
#include "pattern-strip.h"
#include "xdg-shell-client-protocol.h"

enum { kBuffers = 3, kMaxOutputs = 8, kBarWidth = 64, kBarStep = 8 };

typedef struct {
  struct wl_shm_pool* pool;
  struct wl_buffer* buffer;
  uint32_t* pixels;
  bool busy;
} Buffer;

typedef struct {
  struct wl_output* output;
  char name[64];
} Output;

static struct wl_compositor* compositor;
static struct wl_shm* shm;
static struct xdg_wm_base* shell;
static Output outputs[kMaxOutputs];
static int output_count;
static struct wl_surface* surface;
static Buffer buffers[kBuffers];
static int width, height, wanted_width, wanted_height;
static bool configured;
static uint32_t counter;

static int64_t now_microseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void fail(const char* what) {
  fprintf(stderr, "wayland-pattern: %s\n", what);
  exit(1);
}

static void buffer_released(void* data, struct wl_buffer* buffer) {
  (void)buffer;
  ((Buffer*)data)->busy = false;
}
static const struct wl_buffer_listener buffer_events = {buffer_released};

static void make_buffers(void) {
  const size_t size = (size_t)width * height * 4;
  for (int i = 0; i < kBuffers; ++i) {
    if (buffers[i].buffer != NULL) wl_buffer_destroy(buffers[i].buffer);
    if (buffers[i].pool != NULL) wl_shm_pool_destroy(buffers[i].pool);
    buffers[i].buffer = NULL;
    const int memory = memfd_create("pattern", MFD_CLOEXEC);
    if (memory < 0 || ftruncate(memory, size) != 0) fail("no memory for a picture");
    // Pages of a former size stay mapped: sizes change a few times in a run.
    buffers[i].pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (buffers[i].pixels == MAP_FAILED) fail("no memory for a picture");
    buffers[i].pool = wl_shm_create_pool(shm, memory, size);
    close(memory);
    buffers[i].busy = false;
  }
}

/// Each picture is a buffer of its own: gamescope reads one that lies in shared memory only when it
/// sees it for the first time.
static void renew(Buffer* buffer) {
  if (buffer->buffer != NULL) wl_buffer_destroy(buffer->buffer);
  buffer->buffer =
      wl_shm_pool_create_buffer(buffer->pool, 0, width, height, width * 4, WL_SHM_FORMAT_XRGB8888);
  wl_buffer_add_listener(buffer->buffer, &buffer_events, buffer);
}

/// Below the strip: dark blue with a light bar that moves right.
static void draw_bar(uint32_t* pixels) {
  const int top = strip_height(height);
  const int left = (int)(counter * kBarStep % (uint32_t)width);
  for (int y = top; y < height; ++y) {
    uint32_t* row = pixels + (size_t)y * width;
    for (int x = 0; x < width; ++x) {
      row[x] = x >= left && x < left + kBarWidth ? 0xE0E8F0 : 0x204060;
    }
  }
}

static void draw(void);
static void frame_due(void* data, struct wl_callback* callback, uint32_t time) {
  (void)data, (void)time;
  wl_callback_destroy(callback);
  draw();
}
static const struct wl_callback_listener frame_events = {frame_due};

static void draw(void) {
  if (!configured) return;
  wl_callback_add_listener(wl_surface_frame(surface), &frame_events, NULL);
  Buffer* buffer = NULL;
  for (int i = 0; i < kBuffers; ++i) {
    if (!buffers[i].busy) buffer = &buffers[i];
  }
  if (buffer != NULL) {
    draw_bar(buffer->pixels);
    draw_strip(buffer->pixels, width, height, ++counter, now_microseconds());
    renew(buffer);
    wl_surface_attach(surface, buffer->buffer, 0, 0);
    wl_surface_damage_buffer(surface, 0, 0, width, height);
    buffer->busy = true;
  }
  wl_surface_commit(surface);
}

static void surface_configured(void* data, struct xdg_surface* of, uint32_t serial) {
  (void)data;
  xdg_surface_ack_configure(of, serial);
  const int new_width = wanted_width > 0 ? wanted_width : 1280;
  const int new_height = wanted_height > 0 ? wanted_height : 720;
  const bool first = !configured;
  configured = true;
  if (new_width != width || new_height != height) {
    width = new_width;
    height = new_height;
    make_buffers();
    printf("{\"kind\":\"ready\",\"width\":%d,\"height\":%d}\n", width, height);
  }
  if (first) draw();
}
static const struct xdg_surface_listener surface_events = {surface_configured};

static void toplevel_configured(void* data, struct xdg_toplevel* of, int32_t to_width,
                                int32_t to_height, struct wl_array* states) {
  (void)data, (void)of, (void)states;
  wanted_width = to_width;
  wanted_height = to_height;
}
static void toplevel_closed(void* data, struct xdg_toplevel* of) {
  (void)data, (void)of;
  exit(0);
}
static const struct xdg_toplevel_listener toplevel_events = {.configure = toplevel_configured,
                                                             .close = toplevel_closed};

static void answer_ping(void* data, struct xdg_wm_base* base, uint32_t serial) {
  (void)data;
  xdg_wm_base_pong(base, serial);
}
static const struct xdg_wm_base_listener shell_events = {answer_ping};

static void output_geometry(void* data, struct wl_output* of, int32_t x, int32_t y, int32_t w,
                            int32_t h, int32_t subpixel, const char* make, const char* model,
                            int32_t transform) {
  (void)data, (void)of, (void)x, (void)y, (void)w, (void)h, (void)subpixel, (void)make;
  (void)model, (void)transform;
}
static void output_mode(void* data, struct wl_output* of, uint32_t flags, int32_t w, int32_t h,
                        int32_t refresh) {
  (void)data, (void)of, (void)flags, (void)w, (void)h, (void)refresh;
}
static void output_done(void* data, struct wl_output* of) {
  (void)data, (void)of;
}
static void output_scale(void* data, struct wl_output* of, int32_t scale) {
  (void)data, (void)of, (void)scale;
}
static void output_name(void* data, struct wl_output* of, const char* name) {
  (void)of;
  snprintf(((Output*)data)->name, sizeof((Output*)data)->name, "%s", name);
}
static void output_description(void* data, struct wl_output* of, const char* text) {
  (void)data, (void)of, (void)text;
}
static const struct wl_output_listener output_events = {
    output_geometry, output_mode, output_done, output_scale, output_name, output_description};

static void global_added(void* data, struct wl_registry* registry, uint32_t name,
                         const char* interface, uint32_t version) {
  (void)data;
  if (strcmp(interface, wl_compositor_interface.name) == 0) {
    compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
  } else if (strcmp(interface, wl_shm_interface.name) == 0) {
    shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
  } else if (strcmp(interface, xdg_wm_base_interface.name) == 0) {
    shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
    xdg_wm_base_add_listener(shell, &shell_events, NULL);
  } else if (strcmp(interface, wl_output_interface.name) == 0 && output_count < kMaxOutputs) {
    Output* output = &outputs[output_count++];
    output->output =
        wl_registry_bind(registry, name, &wl_output_interface, version < 4 ? version : 4);
    wl_output_add_listener(output->output, &output_events, output);
  } else if (strcmp(interface, wl_seat_interface.name) == 0) {
    report_input_of(
        wl_registry_bind(registry, name, &wl_seat_interface, version < 8 ? version : 8));
  }
}
static void global_removed(void* data, struct wl_registry* registry, uint32_t name) {
  (void)data, (void)registry, (void)name;
}
static const struct wl_registry_listener registry_events = {global_added, global_removed};

static struct wl_output* output_called(const char* name) {
  for (int i = 0; i < output_count; ++i) {
    if (strcmp(outputs[i].name, name) == 0) return outputs[i].output;
  }
  fail("the compositor has no output of that name");
  return NULL;
}

int main(int count, char** arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct wl_display* display = wl_display_connect(NULL);
  if (display == NULL) fail("no compositor");
  wl_registry_add_listener(wl_display_get_registry(display), &registry_events, NULL);
  wl_display_roundtrip(display);  // globals
  wl_display_roundtrip(display);  // their names
  if (compositor == NULL || shm == NULL || shell == NULL) fail("the compositor lacks a protocol");

  surface = wl_compositor_create_surface(compositor);
  struct xdg_surface* window = xdg_wm_base_get_xdg_surface(shell, surface);
  xdg_surface_add_listener(window, &surface_events, NULL);
  struct xdg_toplevel* toplevel = xdg_surface_get_toplevel(window);
  xdg_toplevel_add_listener(toplevel, &toplevel_events, NULL);
  xdg_toplevel_set_title(toplevel, "wayland-pattern");
  xdg_toplevel_set_app_id(toplevel, "wayland-pattern");
  xdg_toplevel_set_fullscreen(toplevel, count > 1 ? output_called(arguments[1]) : NULL);
  wl_surface_commit(surface);
  while (wl_display_dispatch(display) >= 0) {
  }
  return 0;
}
