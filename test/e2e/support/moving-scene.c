#include "moving-scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Clouds repeat after so many pixels; a power of two.
enum { kTile = 512, kPhases = 4, kOctaves = 5, kGrain = 1 << 16 };

/// Text: lines of glyphs of 5 × 7 dots, each dot 2 × 2 pixels.
enum { kDot = 2, kGlyphWidth = 6 * kDot, kLineHeight = 9 * kDot, kLines = 96, kGlyphs = 26 };

typedef struct {
  /// one tile for each quarter pixel, rows of two tiles side by side
  uint8_t* levels[kPhases];
} Clouds;

struct MovingScene {
  int width, height;
  int film_width, film_height;
  Clouds near_clouds, far_clouds;
  uint8_t* grain;
  uint32_t* text;
  int text_width, text_height;
  uint32_t* across;
};

static uint32_t hash(uint32_t value) {
  value ^= value >> 16;
  value *= 0x7FEB352Du;
  value ^= value >> 15;
  value *= 0x846CA68Bu;
  return value ^ value >> 16;
}

static void* allocate(size_t bytes) {
  void* memory = malloc(bytes);
  if (memory == NULL) {
    fprintf(stderr, "moving-scene: out of memory\n");
    exit(1);
  }
  return memory;
}

/// Smooth noise of one octave: a lattice of `cells` random levels across the tile, which wraps.
static float lattice(float x, float y, int cells, uint32_t seed) {
  const float across = x * cells / kTile, down = y * cells / kTile;
  const int column = (int)across, row = (int)down;
  float u = across - column, v = down - row;
  u = u * u * (3 - 2 * u);
  v = v * v * (3 - 2 * v);
  float level[2][2];
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 2; ++i) {
      const uint32_t cell = (row + j) % cells * cells + (column + i) % cells;
      level[j][i] = (hash(cell ^ seed) & 0xFFFF) / 65535.0f;
    }
  }
  return (level[0][0] * (1 - u) + level[0][1] * u) * (1 - v) +
         (level[1][0] * (1 - u) + level[1][1] * u) * v;
}

static Clouds make_clouds(int coarsest, uint32_t seed) {
  Clouds clouds;
  for (int phase = 0; phase < kPhases; ++phase) {
    clouds.levels[phase] = allocate(2 * kTile * kTile);
    for (int y = 0; y < kTile; ++y) {
      uint8_t* row = clouds.levels[phase] + (size_t)y * 2 * kTile;
      for (int x = 0; x < kTile; ++x) {
        float sum = 0, weight = 0.5f;
        for (int octave = 0; octave < kOctaves; ++octave, weight /= 2) {
          const float left = fmodf(x + phase / (float)kPhases, kTile);
          sum += weight * lattice(left, y, coarsest << octave, seed + octave * 7919u);
        }
        row[x] = (uint8_t)(sum * 255);
      }
      memcpy(row + kTile, row, kTile);
    }
  }
  return clouds;
}

static void paint_text(MovingScene* scene) {
  scene->text_width = scene->width - scene->film_width;
  scene->text_height = kLines * kLineHeight;
  const size_t pixels = (size_t)scene->text_width * scene->text_height;
  scene->text = allocate(pixels * sizeof *scene->text);
  for (size_t i = 0; i < pixels; ++i) scene->text[i] = 0x1E2228;
  const uint32_t inks[] = {0xD8DEE9, 0x88C0D0, 0xA3BE8C, 0xEBCB8B};
  for (int line = 0; line < kLines; ++line) {
    // Lines begin indented and end somewhere, as programs do.
    const int indent = hash(line * 31u) % 5 * 2;
    const int last = indent + 8 + hash(line * 57u) % 40;
    for (int column = indent; column < last; ++column) {
      const uint32_t what = hash(line * 4099u + column);
      if (what % 6 == 0 || (column + 1) * kGlyphWidth > scene->text_width) continue;
      const uint32_t glyph = what / 6 % kGlyphs;
      const uint32_t ink = inks[hash(line * 17u + column / 7) % 4];
      for (int dot = 0; dot < 35; ++dot) {
        // Strokes rather than noise: a dot is set with its neighbour to the left or above.
        const uint32_t stroke = hash(glyph * 64 + (dot % 5 / 2) * 8 + dot / 5 / 2);
        if (stroke % 5 < 2) continue;
        const int x = column * kGlyphWidth + dot % 5 * kDot;
        const int y = line * kLineHeight + dot / 5 * kDot;
        for (int i = 0; i < kDot * kDot; ++i) {
          scene->text[(size_t)(y + i / kDot) * scene->text_width + x + i % kDot] = ink;
        }
      }
    }
  }
}

MovingScene* make_moving_scene(int width, int height) {
  MovingScene* scene = allocate(sizeof *scene);
  scene->width = width;
  scene->height = height;
  scene->film_width = width * 5 / 8 / 16 * 16;
  scene->film_height = height * 3 / 4;
  scene->near_clouds = make_clouds(16, 0x1234567u);
  scene->far_clouds = make_clouds(6, 0x89ABCDEu);
  scene->grain = allocate(kGrain);
  for (int i = 0; i < kGrain; ++i) {
    // Four small numbers together are nearly a normal distribution.
    const uint32_t random = hash(i * 2654435761u + 99);
    scene->grain[i] = ((random & 3) + (random >> 8 & 3) + (random >> 16 & 3)) / 2;
  }
  paint_text(scene);
  scene->across = allocate((size_t)(width + 512) * sizeof *scene->across);
  for (int x = 0; x < width + 512; ++x) {
    const int wave = abs(x % 512 - 256) * 127 / 256;
    scene->across[x] = (uint32_t)wave << 16 | (uint32_t)(127 - wave) << 8 | (uint32_t)wave / 2;
  }
  return scene;
}

/// A row of clouds from (left, top), in quarter pixels, `count` pixels long.
static void cloud_row(const Clouds* clouds, int left, int top, int count, uint8_t* row) {
  const uint8_t* tile =
      clouds->levels[left & (kPhases - 1)] + (size_t)(top & (kTile - 1)) * 2 * kTile;
  for (int x = 0; x < count; x += kTile) {
    const int length = count - x < kTile ? count - x : kTile;
    memcpy(row + x, tile + (left / kPhases & (kTile - 1)), length);
  }
}

static void draw_film(const MovingScene* scene, uint32_t* pixels, uint32_t number) {
  const double time = number / 60.0;
  const int near_left = (int)(8000 + 3000 * sin(time * 0.7)), near_top = (int)(time * 75);
  const int far_left = (int)(time * 170), far_top = (int)(4000 + 150 * sin(time * 0.9));
  // The scene's light changes slowly, as films' do.
  const int light = (int)(208 + 32 * sin(time * 2.1));
  uint8_t near_row[8192], far_row[8192];
  for (int y = 0; y < scene->film_height; ++y) {
    cloud_row(&scene->near_clouds, near_left, near_top + y, scene->film_width, near_row);
    cloud_row(&scene->far_clouds, far_left, far_top + y, scene->film_width, far_row);
    const uint8_t* grain = scene->grain + hash(number * 8191u + y) % (kGrain - 8192);
    uint32_t* row = pixels + (size_t)y * scene->width;
    for (int x = 0; x < scene->film_width; ++x) {
      const uint32_t near_level = near_row[x] * light >> 8, far_level = far_row[x];
      const uint32_t red = (near_level * 3 + far_level * 5) >> 3;
      const uint32_t green = (near_level * 6 + far_level * 2) >> 3;
      const uint32_t blue = 40 + (far_level * 6 >> 3);
      row[x] = (red << 16 | green << 8 | blue) + grain[x] * 0x010101u;
    }
  }
}

static void draw_text(const MovingScene* scene, uint32_t* pixels, uint32_t number) {
  for (int y = 0; y < scene->height; ++y) {
    const int line = (int)((y + (uint64_t)number * 2) % scene->text_height);
    memcpy(pixels + (size_t)y * scene->width + scene->film_width,
           scene->text + (size_t)line * scene->text_width,
           (size_t)scene->text_width * sizeof *pixels);
  }
}

static void draw_gradient(const MovingScene* scene, uint32_t* pixels, uint32_t number) {
  const uint32_t* across = scene->across + number * 5 % 512;
  for (int y = scene->film_height; y < scene->height; ++y) {
    const uint32_t down = (uint32_t)abs((int)((y + number) % 256) - 128) * 0x000101u;
    uint32_t* row = pixels + (size_t)y * scene->width;
    for (int x = 0; x < scene->film_width; ++x) row[x] = across[x] + down;
  }
}

void draw_moving_scene(const MovingScene* scene, uint32_t* pixels, uint32_t number) {
  draw_film(scene, pixels, number);
  draw_text(scene, pixels, number);
  draw_gradient(scene, pixels, number);
}
