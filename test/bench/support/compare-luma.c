// How near decoded pictures come to what was drawn: renders picture n of the moving scene off the
// screen, at the screen's size, and compares luma with the decoded one.
//
//   compare-luma WIDTH HEIGHT limited|full [counted]
//   standard input:  per picture its number (u32), the time in its strip in µs (u64), both
//                    little-endian, then WIDTH × HEIGHT bytes of BT.709 luma; counted: luma alone,
//                    of what draw-scene draws
//   standard output: per picture "NUMBER PSNR", in dB; 99 when they are equal

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moving-scene.h"
#include "pattern-strip.h"

static double psnr(const uint32_t* source, const uint8_t* luma, size_t pixels, int full) {
  const double scale = full ? 1 : 219.0 / 255, offset = full ? 0 : 16;
  double squares = 0;
  for (size_t i = 0; i < pixels; ++i) {
    const uint32_t pixel = source[i];
    const double level = offset + scale * (0.2126 * (pixel >> 16 & 255) +
                                           0.7152 * (pixel >> 8 & 255) + 0.0722 * (pixel & 255));
    const double difference = level - luma[i];
    squares += difference * difference;
  }
  return squares > 0 ? fmin(99, 10 * log10(255.0 * 255.0 * (double)pixels / squares)) : 99;
}

int main(int count, char** arguments) {
  const int width = count > 3 ? atoi(arguments[1]) : 0, height = count > 3 ? atoi(arguments[2]) : 0;
  if (width < 64 || height < 64) {
    fprintf(stderr, "compare-luma WIDTH HEIGHT limited|full\n");
    return 2;
  }
  const int counted = count > 4 && strcmp(arguments[4], "counted") == 0;
  const int full = strcmp(arguments[3], "full") == 0;
  const size_t pixels = (size_t)width * height;
  MovingScene* scene = make_moving_scene(width, height);
  uint32_t* source = malloc(pixels * sizeof *source);
  uint8_t* luma = malloc(pixels);
  if (source == NULL || luma == NULL) return 1;
  uint32_t number = 0;
  uint64_t drawn = 0;
  for (;;) {
    if (counted) {
      drawn = ++number * STRIP_INTERVAL;
    } else if (fread(&number, sizeof number, 1, stdin) != 1 ||
               fread(&drawn, sizeof drawn, 1, stdin) != 1) {
      break;
    }
    if (fread(luma, 1, pixels, stdin) != pixels) break;
    draw_moving_scene(scene, source, number);
    draw_strip(source, width, height, number, drawn);
    printf("%" PRIu32 " %.3f\n", number, psnr(source, luma, pixels, full));
    fflush(stdout);
  }
  return 0;
}
