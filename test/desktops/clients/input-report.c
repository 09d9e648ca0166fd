#include "input-report.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static struct wl_seat* the_seat;
static struct wl_pointer* pointer;
static struct wl_keyboard* keyboard;
static struct wl_touch* touch;
static double pointer_x, pointer_y;

static void say_motion(const char* kind, wl_fixed_t x, wl_fixed_t y) {
  pointer_x = wl_fixed_to_double(x);
  pointer_y = wl_fixed_to_double(y);
  printf("{\"kind\":\"%s\",\"x\":%.2f,\"y\":%.2f}\n", kind, pointer_x, pointer_y);
}

static void entered(void* data, struct wl_pointer* of, uint32_t serial, struct wl_surface* surface,
                    wl_fixed_t x, wl_fixed_t y) {
  (void)data, (void)surface;
  wl_pointer_set_cursor(of, serial, NULL, 0, 0);  // no cursor of ours
  say_motion("motion", x, y);
}
static void left(void* data, struct wl_pointer* of, uint32_t serial, struct wl_surface* surface) {
  (void)data, (void)of, (void)serial, (void)surface;
}
static void moved(void* data, struct wl_pointer* of, uint32_t time, wl_fixed_t x, wl_fixed_t y) {
  (void)data, (void)of, (void)time;
  say_motion("motion", x, y);
}
static void clicked(void* data, struct wl_pointer* of, uint32_t serial, uint32_t time,
                    uint32_t button, uint32_t state) {
  (void)data, (void)of, (void)serial, (void)time;
  printf("{\"kind\":\"button-%s\",\"code\":%u,\"x\":%.2f,\"y\":%.2f}\n",
         state != 0 ? "press" : "release", button, pointer_x, pointer_y);
}
static void scrolled(void* data, struct wl_pointer* of, uint32_t time, uint32_t axis,
                     wl_fixed_t value) {
  (void)data, (void)of, (void)time;
  printf("{\"kind\":\"axis\",\"axis\":%u,\"value\":%.2f}\n", axis, wl_fixed_to_double(value));
}
static void framed(void* data, struct wl_pointer* of) {
  (void)data, (void)of;
}
static void axis_source(void* data, struct wl_pointer* of, uint32_t source) {
  (void)data, (void)of, (void)source;
}
static void axis_stopped(void* data, struct wl_pointer* of, uint32_t time, uint32_t axis) {
  (void)data, (void)of, (void)time, (void)axis;
}
static void axis_discrete(void* data, struct wl_pointer* of, uint32_t axis, int32_t steps) {
  (void)data, (void)of;
  printf("{\"kind\":\"scroll\",\"axis\":%u,\"value\":%d}\n", axis, steps * 120);
}
static void axis_value120(void* data, struct wl_pointer* of, uint32_t axis, int32_t value) {
  (void)data, (void)of;
  printf("{\"kind\":\"scroll\",\"axis\":%u,\"value\":%d}\n", axis, value);
}
static const struct wl_pointer_listener pointer_events = {
    .enter = entered,
    .leave = left,
    .motion = moved,
    .button = clicked,
    .axis = scrolled,
    .frame = framed,
    .axis_source = axis_source,
    .axis_stop = axis_stopped,
    .axis_discrete = axis_discrete,
    .axis_value120 = axis_value120,
};

static void keymap(void* data, struct wl_keyboard* of, uint32_t format, int descriptor,
                   uint32_t size) {
  (void)data, (void)of, (void)format;
  close(descriptor);
  printf("{\"kind\":\"keymap\",\"value\":%u}\n", size);
}
static void focused(void* data, struct wl_keyboard* of, uint32_t serial, struct wl_surface* surface,
                    struct wl_array* keys) {
  (void)data, (void)of, (void)serial, (void)surface, (void)keys;
  printf("{\"kind\":\"focus\"}\n");
}
static void unfocused(void* data, struct wl_keyboard* of, uint32_t serial,
                      struct wl_surface* surface) {
  (void)data, (void)of, (void)serial, (void)surface;
}
static void key(void* data, struct wl_keyboard* of, uint32_t serial, uint32_t time, uint32_t code,
                uint32_t state) {
  (void)data, (void)of, (void)serial, (void)time;
  printf("{\"kind\":\"key-%s\",\"code\":%u}\n", state != 0 ? "press" : "release", code);
}
static void modifiers(void* data, struct wl_keyboard* of, uint32_t serial, uint32_t depressed,
                      uint32_t latched, uint32_t locked, uint32_t group) {
  (void)data, (void)of, (void)serial, (void)latched;
  printf("{\"kind\":\"modifiers\",\"value\":%u,\"locked\":%u,\"group\":%u}\n", depressed, locked,
         group);
}
static void repeat(void* data, struct wl_keyboard* of, int32_t rate, int32_t delay) {
  (void)data, (void)of, (void)rate, (void)delay;
}
static const struct wl_keyboard_listener keyboard_events = {keymap, focused,   unfocused,
                                                            key,    modifiers, repeat};

static void touched(void* data, struct wl_touch* of, uint32_t serial, uint32_t time,
                    struct wl_surface* surface, int32_t id, wl_fixed_t x, wl_fixed_t y) {
  (void)data, (void)of, (void)serial, (void)time, (void)surface;
  printf("{\"kind\":\"touch-down\",\"id\":%d,\"x\":%.2f,\"y\":%.2f}\n", id, wl_fixed_to_double(x),
         wl_fixed_to_double(y));
}
static void lifted(void* data, struct wl_touch* of, uint32_t serial, uint32_t time, int32_t id) {
  (void)data, (void)of, (void)serial, (void)time;
  printf("{\"kind\":\"touch-up\",\"id\":%d}\n", id);
}
static void slid(void* data, struct wl_touch* of, uint32_t time, int32_t id, wl_fixed_t x,
                 wl_fixed_t y) {
  (void)data, (void)of, (void)time;
  printf("{\"kind\":\"touch-motion\",\"id\":%d,\"x\":%.2f,\"y\":%.2f}\n", id, wl_fixed_to_double(x),
         wl_fixed_to_double(y));
}
static void touch_framed(void* data, struct wl_touch* of) {
  (void)data, (void)of;
}
static void touch_cancelled(void* data, struct wl_touch* of) {
  (void)data, (void)of;
  printf("{\"kind\":\"touch-cancel\"}\n");
}
static void touch_shape(void* data, struct wl_touch* of, int32_t id, wl_fixed_t a, wl_fixed_t b) {
  (void)data, (void)of, (void)id, (void)a, (void)b;
}
static void touch_orientation(void* data, struct wl_touch* of, int32_t id, wl_fixed_t angle) {
  (void)data, (void)of, (void)id, (void)angle;
}
static const struct wl_touch_listener touch_events = {
    touched, lifted, slid, touch_framed, touch_cancelled, touch_shape, touch_orientation};

static void capabilities(void* data, struct wl_seat* seat, uint32_t what) {
  (void)data;
  if ((what & WL_SEAT_CAPABILITY_POINTER) != 0 && pointer == NULL) {
    pointer = wl_seat_get_pointer(seat);
    wl_pointer_add_listener(pointer, &pointer_events, NULL);
  }
  if ((what & WL_SEAT_CAPABILITY_KEYBOARD) != 0 && keyboard == NULL) {
    keyboard = wl_seat_get_keyboard(seat);
    wl_keyboard_add_listener(keyboard, &keyboard_events, NULL);
  }
  if ((what & WL_SEAT_CAPABILITY_TOUCH) != 0 && touch == NULL) {
    touch = wl_seat_get_touch(seat);
    wl_touch_add_listener(touch, &touch_events, NULL);
  }
}
static void seat_name(void* data, struct wl_seat* seat, const char* name) {
  (void)data, (void)seat, (void)name;
}
static const struct wl_seat_listener seat_events = {capabilities, seat_name};

void report_input_of(struct wl_seat* seat) {
  if (the_seat != NULL) return;
  the_seat = seat;
  wl_seat_add_listener(seat, &seat_events, NULL);
}
