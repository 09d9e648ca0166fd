#define _GNU_SOURCE
// A full-screen X client that draws moving pictures with the machine-readable strip of
// docs/3-reference/test-pattern.md and says on its standard output which input it gets, one JSON
// object a line.
//
//   x11-pattern FPS [scroll|scene] [still]
//
// scroll: a texture that moves as a whole; scene: moving-scene.h. still: one picture, drawn again
// only when exposed. SIGUSR1 makes a moving screen still and back.
//
// One picture is one MIT-SHM request, so that a capture never sees half of one.

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "moving-scene.h"
#include "pattern-strip.h"

enum { kBuffers = 2 };

typedef struct {
  xcb_shm_seg_t segment;
  uint32_t* pixels;
  bool busy;
} Buffer;

static xcb_connection_t* connection;
static xcb_get_keyboard_mapping_reply_t* keyboard;
static int first_keycode;
static int width, height;
// twice the picture's width and height, so that any offset is one copy a row
static uint32_t* texture;
static MovingScene* scene;
static volatile sig_atomic_t paused;

static int64_t now_microseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void fail(const char* what) {
  fprintf(stderr, "x11-pattern: %s\n", what);
  exit(1);
}

static void* allocate(size_t bytes) {
  void* memory = malloc(bytes);
  if (memory == NULL) fail("out of memory");
  return memory;
}

/// Colours with edges and some grain: neither free nor impossible to encode.
static void paint_texture(void) {
  texture = allocate((size_t)width * height * 4 * sizeof *texture);
  uint32_t random = 1;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      random = random * 1103515245 + 12345;
      uint32_t grain = random >> 28;
      uint32_t red = (x * 255 / width) ^ ((y / 40 & 1) * 48);
      uint32_t green = (y * 255 / height) ^ ((x / 64 & 1) * 48);
      uint32_t blue = ((x + y) / 24 & 1) ? 160 : 80;
      uint32_t pixel = (red & 0xF0) << 16 | (green & 0xF0) << 8 | blue;
      pixel += grain * 0x010101;
      for (int copy = 0; copy < 4; ++copy) {
        texture[(size_t)(y + (copy / 2) * height) * 2 * width + x + (copy % 2) * width] = pixel;
      }
    }
  }
}

static void toggle_pause(int signal) {
  (void)signal;
  paused = !paused;
}

static void scroll_texture(uint32_t* pixels, uint32_t counter) {
  const int left = counter * 4 % width;
  const int top = counter * 2 % height;
  for (int y = 0; y < height; ++y) {
    memcpy(pixels + (size_t)y * width, texture + (size_t)(y + top) * 2 * width + left,
           (size_t)width * sizeof *pixels);
  }
}

static void draw(uint32_t* pixels, uint32_t counter) {
  const int64_t begun = now_microseconds();
  if (scene != NULL) {
    draw_moving_scene(scene, pixels, counter);
  } else {
    scroll_texture(pixels, counter);
  }
  draw_strip(pixels, width, height, counter, begun);
}

static Buffer make_buffer(void) {
  const int id = shmget(IPC_PRIVATE, (size_t)width * height * 4, IPC_CREAT | 0600);
  if (id < 0) fail("shmget failed");
  Buffer buffer = {xcb_generate_id(connection), shmat(id, NULL, 0), false};
  xcb_generic_error_t* error =
      xcb_request_check(connection, xcb_shm_attach_checked(connection, buffer.segment, id, 0));
  shmctl(id, IPC_RMID, NULL);
  if (error != NULL || buffer.pixels == (void*)-1) fail("MIT-SHM does not work");
  return buffer;
}

static uint32_t keysym(int keycode) {
  const int index = (keycode - first_keycode) * keyboard->keysyms_per_keycode;
  if (index < 0 || index >= (int)xcb_get_keyboard_mapping_keysyms_length(keyboard)) return 0;
  return xcb_get_keyboard_mapping_keysyms(keyboard)[index];
}

static void say_key(const char* kind, const xcb_key_press_event_t* event) {
  printf("{\"kind\":\"%s\",\"code\":%d,\"keysym\":%" PRIu32 ",\"state\":%d,\"at\":%.3f}\n", kind,
         event->detail, keysym(event->detail), event->state, now_microseconds() / 1000.0);
}

static void say_button(const char* kind, const xcb_button_press_event_t* event) {
  printf("{\"kind\":\"%s\",\"code\":%d,\"x\":%d,\"y\":%d,\"at\":%.3f}\n", kind, event->detail,
         event->root_x, event->root_y, now_microseconds() / 1000.0);
}

static void read_keyboard(void) {
  const xcb_setup_t* setup = xcb_get_setup(connection);
  first_keycode = setup->min_keycode;
  free(keyboard);
  keyboard = xcb_get_keyboard_mapping_reply(
      connection,
      xcb_get_keyboard_mapping(connection, first_keycode, setup->max_keycode - first_keycode + 1),
      NULL);
  if (keyboard == NULL) fail("no keyboard mapping");
}

/// Returns whether the window has to be drawn again.
static bool handle(xcb_generic_event_t* event, uint8_t shm_event, Buffer* buffers) {
  const int type = event->response_type & 0x7F;
  switch (type) {
    case XCB_KEY_PRESS:
      say_key("key-press", (void*)event);
      return false;
    case XCB_KEY_RELEASE:
      say_key("key-release", (void*)event);
      return false;
    case XCB_BUTTON_PRESS:
      say_button("button-press", (void*)event);
      return false;
    case XCB_BUTTON_RELEASE:
      say_button("button-release", (void*)event);
      return false;
    case XCB_MOTION_NOTIFY:
      say_button("motion", (void*)event);
      return false;
    case XCB_MAPPING_NOTIFY:
      read_keyboard();
      return false;
    case XCB_EXPOSE:
      return true;
    default:
      break;
  }
  if (type == shm_event) {
    const xcb_shm_completion_event_t* done = (void*)event;
    for (int i = 0; i < kBuffers; ++i) {
      if (buffers[i].segment == done->shmseg) buffers[i].busy = false;
    }
  }
  return false;
}

static void hide_pointer(xcb_window_t window) {
  const xcb_pixmap_t nothing = xcb_generate_id(connection);
  xcb_create_pixmap(connection, 1, nothing, window, 1, 1);
  const xcb_gcontext_t context = xcb_generate_id(connection);
  const uint32_t clear = 0;
  xcb_create_gc(connection, context, nothing, XCB_GC_FOREGROUND, &clear);
  const xcb_rectangle_t all = {0, 0, 1, 1};
  xcb_poly_fill_rectangle(connection, nothing, context, 1, &all);
  const xcb_cursor_t cursor = xcb_generate_id(connection);
  xcb_create_cursor(connection, cursor, nothing, nothing, 0, 0, 0, 0, 0, 0, 0, 0);
  xcb_change_window_attributes(connection, window, XCB_CW_CURSOR, &cursor);
}

int main(int count, char** arguments) {
  const double rate = count > 1 ? atof(arguments[1]) : 60;
  const char* content = count > 2 ? arguments[2] : "scroll";
  const bool still = strcmp(arguments[count - 1], "still") == 0;
  if (rate <= 0) fail("the first argument is the pictures per second");
  setvbuf(stdout, NULL, _IOLBF, 0);

  connection = xcb_connect(NULL, NULL);
  if (xcb_connection_has_error(connection)) fail("cannot open the display");
  xcb_screen_t* screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
  width = screen->width_in_pixels;
  height = screen->height_in_pixels;
  if (screen->root_depth != 24) fail("the screen has not 24 bits");
  const xcb_query_extension_reply_t* shm = xcb_get_extension_data(connection, &xcb_shm_id);
  if (shm == NULL || !shm->present) fail("no MIT-SHM");
  read_keyboard();
  if (strcmp(content, "scene") == 0) {
    scene = make_moving_scene(width, height);
  } else {
    paint_texture();
  }
  signal(SIGUSR1, toggle_pause);

  const xcb_window_t window = xcb_generate_id(connection);
  const uint32_t values[] = {1, XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_KEY_PRESS |
                                    XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS |
                                    XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION};
  xcb_create_window(connection, XCB_COPY_FROM_PARENT, window, screen->root, 0, 0, width, height, 0,
                    XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
                    XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
  // The scene is compared with what was drawn, and a pointer would count as damage done to it.
  if (scene != NULL) hide_pointer(window);
  xcb_map_window(connection, window);
  xcb_set_input_focus(connection, XCB_INPUT_FOCUS_POINTER_ROOT, window, XCB_CURRENT_TIME);
  const xcb_gcontext_t context = xcb_generate_id(connection);
  xcb_create_gc(connection, context, window, 0, NULL);
  Buffer buffers[kBuffers] = {make_buffer(), make_buffer()};
  xcb_flush(connection);
  printf("{\"kind\":\"ready\",\"width\":%d,\"height\":%d}\n", width, height);

  uint32_t counter = 0;
  bool redraw = true;
  const double interval = 1e6 / rate;
  double next = now_microseconds();
  for (;;) {
    xcb_generic_event_t* event;
    while ((event = xcb_poll_for_event(connection)) != NULL) {
      redraw |= handle(event, shm->first_event + XCB_SHM_COMPLETION, buffers);
      free(event);
    }
    if (xcb_connection_has_error(connection)) return 0;

    const int64_t time = now_microseconds();
    Buffer* buffer = NULL;
    for (int i = 0; i < kBuffers; ++i) {
      if (!buffers[i].busy) buffer = &buffers[i];
    }
    if (buffer != NULL && time >= next && (redraw || !(still || paused))) {
      draw(buffer->pixels, ++counter);
      buffer->busy = true;
      xcb_shm_put_image(connection, window, context, width, height, 0, 0, width, height, 0, 0, 24,
                        XCB_IMAGE_FORMAT_Z_PIXMAP, 1, buffer->segment, 0);
      xcb_flush(connection);
      redraw = false;
      next += interval;
      if (next < time) next = time + interval;  // behind: no burst to catch up
      continue;
    }
    // In milliseconds. While the server still reads both buffers, its event ends the wait.
    const bool due = (redraw || !(still || paused)) && buffer != NULL;
    const double wait = due ? (next > time ? (next - time) / 1000 : 0) : 1000;
    struct pollfd descriptor = {xcb_get_file_descriptor(connection), POLLIN, 0};
    const struct timespec timeout = {(time_t)(wait / 1000),
                                     (long)((int64_t)(wait * 1e6) % 1000000000)};
    if (ppoll(&descriptor, 1, &timeout, NULL) < 0 && errno != EINTR) return 1;
  }
}
