/**
 * 256 plain English words, one per byte value, chosen to sound and look unlike each other. The order is part
 * of what people compare, so it never changes.
 */
const WORDS: readonly string[] = `
acorn alarm amber anchor angle apple apron arrow aspen atlas attic aunt autumn avocado badge bagel
bamboo banjo barley basket beach beaver bell berry bishop blanket bonnet bottle bracket branch brick bridge
bronze bucket buffalo bugle button cabin cactus camel candle canyon carpet castle cedar cello cherry chimney
circus citrus clay cliff cloud clover cobalt cocoa comet compass copper coral cotton cougar cradle cricket
crown crystal curtain cypress daisy dancer dawn delta desert diamond dolphin donkey dragon drum dune eagle
earth easel echo eclipse elbow elephant ember emerald engine envelope fabric falcon feather fern fiddle flag
flute forest fossil fountain fox frost galaxy garden garlic gazelle geyser ginger giraffe glacier glove gondola
granite grape guitar hammer harbor hazel helmet heron hill honey horizon hotel iceberg igloo indigo island
ivory jacket jaguar jasmine jelly jewel jigsaw jungle kayak kernel kettle kitchen kite koala ladder lagoon
lantern lemon leopard library lily linen lion lizard lobster locket lotus lumber magnet mango maple marble
meadow melon meteor mirror mitten monkey moon mosaic moss mountain mustard napkin nectar needle nest
nickel noodle nutmeg oak oasis ocean octopus olive onion opal orange orbit orchid otter owl oyster paddle
palace panda paper parrot peach pebble pelican pencil pepper piano pigeon pillow pine planet plum
pocket pony poppy potato prairie pretzel prism pumpkin puzzle quartz rabbit radish raft rainbow raven
ribbon river robin rocket saddle saffron salmon sandal satin scarf shadow silver spider sponge spruce squirrel
stable sugar sunset swan table teapot temple thunder tiger timber tomato tractor trumpet tulip tunnel turtle umbrella velvet
`
  .trim()
  .split(/\s+/);

/**
 * Four words from a certificate's fingerprint, to tell two requests apart by eye. They are no secret and no
 * proof: 32 bits can be searched for.
 *
 * @param fingerprint lower-case hex, at least 8 digits
 */
export function fingerprintWords(fingerprint: string): string {
  return [...Buffer.from(fingerprint.slice(0, 8), 'hex')].map((byte) => WORDS[byte]).join(' ');
}

/** For the test that guards the list. */
export const WORD_LIST = WORDS;
