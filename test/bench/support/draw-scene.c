// Writes the first COUNT pictures of the moving scene, BGRx, to standard output.
//
//   draw-scene WIDTH HEIGHT COUNT

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "moving-scene.h"
#include "pattern-strip.h"

int main(int count, char** arguments) {
  if (count < 4) {
    fprintf(stderr, "draw-scene WIDTH HEIGHT COUNT\n");
    return 2;
  }
  const int width = atoi(arguments[1]), height = atoi(arguments[2]);
  const size_t pixels = (size_t)width * height;
  MovingScene* scene = make_moving_scene(width, height);
  uint32_t* picture = malloc(pixels * sizeof *picture);
  if (picture == NULL) return 1;
  for (uint32_t number = 1; number <= (uint32_t)atoi(arguments[3]); ++number) {
    draw_moving_scene(scene, picture, number);
    draw_strip(picture, width, height, number, number * STRIP_INTERVAL);
    if (fwrite(picture, sizeof *picture, pixels, stdout) != pixels) return 1;
  }
  return 0;
}
