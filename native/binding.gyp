{
  "variables": {
    "libraries_prefix%": "<!(../scripts/native-libraries --prefix)",
  },
  "targets": [
    {
      "target_name": "earthshine",
      "sources": ["<!@(find src -name '*.cc' | LC_ALL=C sort)"],
      "include_dirs": [
        "src",
        "build/generated",
        "<(libraries_prefix)/include",
        "<!@(node -p \"require('node-addon-api').include_dir\")",
      ],
      "defines": [
        "NAPI_VERSION=9",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
      ],
      "cflags_cc!": ["-fno-rtti", "-fno-exceptions", "-std=gnu++17"],
      "cflags_cc": [
        "-std=gnu++20", "-O2", "-g1", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-cast-function-type",
        "-fexceptions", "-fvisibility=hidden", "-fvisibility-inlines-hidden", "-ffunction-sections",
        "<!@(pkg-config --cflags libpipewire-0.3 xcb xcb-shm xcb-xfixes xcb-randr xcb-xtest xcb-damage libsystemd)",
      ],
      "ldflags": [
        "-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic", "-Wl,--gc-sections", "-Wl,-z,now",
      ],
      "libraries": [
        "<(libraries_prefix)/lib/libx264.a",
        "<(libraries_prefix)/lib/libopus.a",
        "<!@(pkg-config --libs libpipewire-0.3 xcb xcb-shm xcb-xfixes xcb-randr xcb-xtest xcb-damage libsystemd)",
        "-lpthread",
      ],
    },
  ],
}
