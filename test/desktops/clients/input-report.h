#pragma once
// What a Wayland client's seat gives it, one JSON object a line on standard output. Codes are
// evdev's, positions those inside the surface.

#include <wayland-client.h>

/// Listens to every device that the seat has or gets. One seat only: further ones are ignored.
void report_input_of(struct wl_seat* seat);
