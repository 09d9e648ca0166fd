/**
 * Windows virtual keys, which clients send for the keys of a US keyboard by position, to evdev key codes
 * (protocol 3 §6). The name is the one after `KEY_` in the kernel's header.
 */
const KEYS: ReadonlyMap<number, number> = new Map([
  [0x08, 14], // BACKSPACE
  [0x09, 15], // TAB
  [0x0c, 355], // CLEAR
  [0x0d, 28], // ENTER
  [0x10, 42], // LEFTSHIFT
  [0x11, 29], // LEFTCTRL
  [0x12, 56], // LEFTALT
  [0x13, 119], // PAUSE
  [0x14, 58], // CAPSLOCK
  [0x15, 93], // KATAKANAHIRAGANA
  [0x16, 122], // HANGEUL
  [0x17, 123], // HANJA
  [0x19, 90], // KATAKANA
  [0x1b, 1], // ESC
  [0x1c, 92], // HENKAN
  [0x1d, 94], // MUHENKAN
  [0x20, 57], // SPACE
  [0x21, 104], // PAGEUP
  [0x22, 109], // PAGEDOWN
  [0x23, 107], // END
  [0x24, 102], // HOME
  [0x25, 105], // LEFT
  [0x26, 103], // UP
  [0x27, 106], // RIGHT
  [0x28, 108], // DOWN
  [0x29, 353], // SELECT
  [0x2a, 210], // PRINT
  [0x2b, 134], // OPEN
  [0x2c, 99], // SYSRQ
  [0x2d, 110], // INSERT
  [0x2e, 111], // DELETE
  [0x2f, 138], // HELP
  [0x30, 11], // 0
  [0x31, 2], // 1
  [0x32, 3], // 2
  [0x33, 4], // 3
  [0x34, 5], // 4
  [0x35, 6], // 5
  [0x36, 7], // 6
  [0x37, 8], // 7
  [0x38, 9], // 8
  [0x39, 10], // 9
  [0x41, 30], // A
  [0x42, 48], // B
  [0x43, 46], // C
  [0x44, 32], // D
  [0x45, 18], // E
  [0x46, 33], // F
  [0x47, 34], // G
  [0x48, 35], // H
  [0x49, 23], // I
  [0x4a, 36], // J
  [0x4b, 37], // K
  [0x4c, 38], // L
  [0x4d, 50], // M
  [0x4e, 49], // N
  [0x4f, 24], // O
  [0x50, 25], // P
  [0x51, 16], // Q
  [0x52, 19], // R
  [0x53, 31], // S
  [0x54, 20], // T
  [0x55, 22], // U
  [0x56, 47], // V
  [0x57, 17], // W
  [0x58, 45], // X
  [0x59, 21], // Y
  [0x5a, 44], // Z
  [0x5b, 125], // LEFTMETA
  [0x5c, 126], // RIGHTMETA
  [0x5d, 127], // COMPOSE
  [0x5f, 142], // SLEEP
  [0x60, 82], // KP0
  [0x61, 79], // KP1
  [0x62, 80], // KP2
  [0x63, 81], // KP3
  [0x64, 75], // KP4
  [0x65, 76], // KP5
  [0x66, 77], // KP6
  [0x67, 71], // KP7
  [0x68, 72], // KP8
  [0x69, 73], // KP9
  [0x6a, 55], // KPASTERISK
  [0x6b, 78], // KPPLUS
  [0x6c, 121], // KPCOMMA
  [0x6d, 74], // KPMINUS
  [0x6e, 83], // KPDOT
  [0x6f, 98], // KPSLASH
  [0x70, 59], // F1
  [0x71, 60], // F2
  [0x72, 61], // F3
  [0x73, 62], // F4
  [0x74, 63], // F5
  [0x75, 64], // F6
  [0x76, 65], // F7
  [0x77, 66], // F8
  [0x78, 67], // F9
  [0x79, 68], // F10
  [0x7a, 87], // F11
  [0x7b, 88], // F12
  [0x7c, 183], // F13
  [0x7d, 184], // F14
  [0x7e, 185], // F15
  [0x7f, 186], // F16
  [0x80, 187], // F17
  [0x81, 188], // F18
  [0x82, 189], // F19
  [0x83, 190], // F20
  [0x84, 191], // F21
  [0x85, 192], // F22
  [0x86, 193], // F23
  [0x87, 194], // F24
  [0x90, 69], // NUMLOCK
  [0x91, 70], // SCROLLLOCK
  [0xa0, 42], // LEFTSHIFT
  [0xa1, 54], // RIGHTSHIFT
  [0xa2, 29], // LEFTCTRL
  [0xa3, 97], // RIGHTCTRL
  [0xa4, 56], // LEFTALT
  [0xa5, 100], // RIGHTALT
  [0xa6, 158], // BACK
  [0xa7, 159], // FORWARD
  [0xa8, 173], // REFRESH
  [0xa9, 128], // STOP
  [0xaa, 217], // SEARCH
  [0xab, 156], // BOOKMARKS
  [0xac, 172], // HOMEPAGE
  [0xad, 113], // MUTE
  [0xae, 114], // VOLUMEDOWN
  [0xaf, 115], // VOLUMEUP
  [0xb0, 163], // NEXTSONG
  [0xb1, 165], // PREVIOUSSONG
  [0xb2, 166], // STOPCD
  [0xb3, 164], // PLAYPAUSE
  [0xb4, 155], // MAIL
  [0xb5, 226], // MEDIA
  [0xba, 39], // SEMICOLON
  [0xbb, 13], // EQUAL
  [0xbc, 51], // COMMA
  [0xbd, 12], // MINUS
  [0xbe, 52], // DOT
  [0xbf, 53], // SLASH
  [0xc0, 41], // GRAVE
  [0xdb, 26], // LEFTBRACE
  [0xdc, 43], // BACKSLASH
  [0xdd, 27], // RIGHTBRACE
  [0xde, 40], // APOSTROPHE
  [0xe2, 86], // 102ND
]);

/** Codes that mean another key when the client did not normalise them to the US layout (flag 0x01). */
const KEYS_AS_THEY_ARE: ReadonlyMap<number, number> = new Map([
  [0xdc, 124], // YEN
  [0xe2, 89], // RO
]);

/** Flag of a key packet: the code is not normalised to the US layout. */
const NOT_NORMALISED = 0x01;

/** @returns undefined when Linux has no counterpart */
export function evdevKey(virtualKey: number, flags: number): number | undefined {
  const literal = flags & NOT_NORMALISED ? KEYS_AS_THEY_ARE.get(virtualKey) : undefined;
  return literal ?? KEYS.get(virtualKey);
}
