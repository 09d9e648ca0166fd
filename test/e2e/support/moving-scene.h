#pragma once
// A desktop in full motion, the same on every run: picture n depends on n alone. Two thirds are a
// film (two layers of clouds that drift by quarter pixels, with grain), beside it scrolls text, and
// below a gradient runs. It costs a fraction of what its encoding costs.

#include <stdint.h>

typedef struct MovingScene MovingScene;

/// Paints what the pictures are made of. Ends the program when memory is short.
MovingScene* make_moving_scene(int width, int height);

/// Fills width × height BGRx pixels with picture `number`; the strip is not part of it.
void draw_moving_scene(const MovingScene* scene, uint32_t* pixels, uint32_t number);
