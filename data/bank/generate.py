#!/usr/bin/env python3
"""Writes the sample music bank: short sketches, synthesised from nothing.

    ./generate.py                  write the bank beside this script
    ./generate.py --into FOLDER    write it somewhere else
    ./generate.py --only elise     only the files whose path contains a word

Needed: Python 3.9 or newer, its standard library, and ffmpeg with libmp3lame,
libvorbis and libopus. The same Python and ffmpeg write the same bytes again:
every random number has a seed, and no date or version is stored in a file.

How it goes: a PIECE has voices; a voice is an instrument and a score in a small
notation (see `read_score`); the notes are rendered, mixed, put into a room,
brought to one loudness, and handed to ffmpeg with the tags and the cover.

The bank and this script are CC0: see LICENSE.txt.
"""

import argparse
import base64
import functools
import math
import random
import re
import struct
import subprocess
import sys
import tempfile
import wave
import zlib
from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Callable, Optional

TAU = 2 * math.pi
PEAK = 0.78            # full scale is 1; lossy codecs overshoot a little
RMS_TARGET = 0.125     # -18 dBFS: all pieces come out about equally loud
RMS_GAIN_MAX = 1.6     # how far the peaks may be pressed to get there
TAIL_S = 1.0           # what rings on after the last note
FADE_S = 0.6           # the last part of the tail, down to silence
COVER_PX = 200
LICENCE = "CC0 1.0"


# --- Scores -----------------------------------------------------------------

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# "p" is the koron of Persian music: about a quarter tone down.
ACCIDENTALS = {"": 0.0, "#": 1.0, "b": -1.0, "p": -0.5}


def frequency(name: str) -> float:
    """Hertz of a written pitch: A4 = 440, Db3, F#5, Ap4 (A koron)."""
    letter, accidental, octave = re.fullmatch(r"([A-G])([#bp]?)(\d)", name).groups()
    semitones = SEMITONES[letter] + ACCIDENTALS[accidental] + 12 * (int(octave) - 4)
    return 440 * 2 ** ((semitones - 9) / 12)


def read_score(score: str):
    """Yields (start, length, [pitch, ...]) in beats.

    Notes stand one after another: `C4`, a chord `C4+E4+G4`, a rest `r`. A length
    in beats follows a colon and holds until the next one: `C4:1/2 D4 E4:2`.
    A `|` is a bar line, for the reader only.
    """
    at, length = Fraction(0), Fraction(1)
    for word in score.replace("|", " ").split():
        pitches, _, written = word.partition(":")
        if written:
            length = Fraction(written)
        if pitches != "r":
            yield at, length, pitches.split("+")
        at += length


def score_beats(score: str) -> Fraction:
    """Length of a score, its closing rests too."""
    return next(at for at, _, pitches in reversed(list(read_score(score + " C4:0"))))


def tremolo(pitch: str, beats: str) -> str:
    """A long note on a struck string: many short ones (the santur's riz)."""
    return f"{pitch}:1/10 " * int(Fraction(beats) * 10)


# --- Instruments ------------------------------------------------------------
# Each is called with (hertz, seconds held, samples per second) and gives its
# samples, release and all. Equal notes are rendered once.

def struck(partials, release_s=0.25, knock=0.0):
    """Something hit once: a sum of sine waves, each dying at its own speed.

    `partials` are (multiple of the pitch, amplitude, seconds to 1/e at 440 Hz).
    """
    @functools.lru_cache(maxsize=None)
    def instrument(hertz, held_s, rate):
        count = int((held_s + release_s) * rate)
        out = array("d", bytes(8 * count))
        slower_below = (440 / hertz) ** 0.5
        for multiple, amplitude, decay_s in partials:
            step = TAU * hertz * multiple / rate
            if step > 0.9 * math.pi:
                continue
            # y[n] = a y[n-1] - b y[n-2] is a dying sine, without calling sin().
            shrink = math.exp(-1 / (decay_s * slower_below * rate))
            a, b = 2 * shrink * math.cos(step), shrink * shrink
            before, now = 0.0, amplitude * shrink * math.sin(step)
            for i in range(count):
                out[i] += now
                before, now = now, a * now - b * before
        if knock:
            noise = random.Random(round(hertz))
            for i in range(min(count, int(0.012 * rate))):
                out[i] += knock * noise.uniform(-1, 1) * (1 - i / (0.012 * rate))
        return shape(out, rate, attack_s=0.002, release_s=release_s)
    return instrument


def bowed(harmonics, attack_s, release_s, vibrato_cents=0.0, breath=0.0, players=1):
    """Something that sounds as long as it is held; `players` a little out of tune."""
    table_len = 1024
    period = [sum(amplitude * math.sin(TAU * (n + 1) * i / table_len)
                  for n, amplitude in enumerate(harmonics)) for i in range(table_len)]

    @functools.lru_cache(maxsize=None)
    def instrument(hertz, held_s, rate):
        # Harmonics above half the sampling rate would fold back: leave them out.
        audible = max(1, int(0.45 * rate / hertz))
        table = period if audible >= len(harmonics) else [
            sum(a * math.sin(TAU * (n + 1) * i / table_len)
                for n, a in enumerate(harmonics[:audible])) for i in range(table_len)]
        count = int((held_s + release_s) * rate)
        out = array("d", bytes(8 * count))
        noise = random.Random(round(hertz))
        for player in range(players):
            detuned = hertz * (1 + 0.0022 * (player - (players - 1) / 2))
            step = detuned * table_len / rate
            phase, sway = noise.uniform(0, table_len), TAU * (5.1 + 0.4 * player) / rate
            depth = vibrato_cents / 1200 * math.log(2)
            hiss = 0.0
            for i in range(count):
                grown = min(1.0, i / (0.45 * rate))     # vibrato comes with time
                phase += step * (1 + depth * grown * math.sin(sway * i))
                value = table[int(phase) % table_len]
                if breath:
                    hiss += 0.35 * (noise.uniform(-1, 1) - hiss)
                    value += breath * hiss
                out[i] += value / players
        return shape(out, rate, attack_s, release_s)
    return instrument


def plucked(brightness, dullness, decay_s, release_s, bend_cents=0.0):
    """A string (Karplus and Strong): a burst of noise in a delay line that loses its edge."""
    @functools.lru_cache(maxsize=None)
    def instrument(hertz, held_s, rate):
        count = int((held_s + release_s) * rate)
        noise = random.Random(round(hertz * 10))
        keep = math.exp(-1 / (decay_s * min(hertz, 880)))
        delay = rate / hertz - dullness       # the averaging takes part of a sample
        depth = bend_cents / 1200 * math.log(2)
        line, smooth = [], 0.0
        for _ in range(int(delay * (1 + depth)) + 3):
            smooth += brightness * (noise.uniform(-1, 1) - smooth)
            line.append(smooth)
        size, last, out = len(line), 0.0, array("d")
        mean = sum(line) / size
        line = [value - mean for value in line]
        for i in range(count):
            # The left hand presses the string behind the bridge: a slow, wide vibrato.
            sway = depth * min(1.0, i / (0.5 * rate)) * math.sin(TAU * 4.6 * i / rate)
            back = i - delay * (1 - sway) + size * 4
            whole = int(back)
            part = back - whole
            value = line[whole % size] * (1 - part) + line[(whole + 1) % size] * part
            line[i % size] = keep * ((1 - dullness) * value + dullness * last)
            last = value
            out.append(value * 2)
        return shape(out, rate, 0.001, release_s)
    return instrument


def drum(start_hz, end_hz, decay_s, noise_part):
    """A skin or a stick: a falling tone and a little noise; the written pitch is not heard."""
    @functools.lru_cache(maxsize=None)
    def instrument(_hertz, _held_s, rate):
        noise, phase, hiss = random.Random(start_hz), 0.0, 0.0
        out = array("d")
        for i in range(int(4.5 * decay_s * rate)):
            t = i / rate
            phase += TAU * (end_hz + (start_hz - end_hz) * math.exp(-t / 0.03)) / rate
            hiss += 0.6 * (noise.uniform(-1, 1) - hiss)
            level = math.exp(-t / decay_s)
            out.append(level * ((1 - noise_part) * math.sin(phase) + noise_part * level * hiss))
        return shape(out, rate, 0.001, 0.01)
    return instrument


def shape(samples, rate, attack_s, release_s):
    """Opens and closes a note without a click."""
    attack, release = max(1, int(attack_s * rate)), max(1, int(release_s * rate))
    for i in range(min(attack, len(samples))):
        samples[i] *= math.sin(math.pi / 2 * i / attack)
    for i in range(min(release, len(samples))):
        samples[-1 - i] *= (i / release) ** 1.5
    return samples


PIANO = struck([(1, 1, 1.1), (2.001, .52, .8), (3.004, .3, .6), (4.01, .17, .42),
                (5.02, .1, .3), (6.03, .06, .22), (7.05, .03, .16)], .3, knock=.05)
HARPSICHORD = struck([(n, n ** -.7, 1.1 / n ** .6) for n in range(1, 13)], .12, knock=.12)
MUSIC_BOX = struck([(1, 1, .9), (2, .12, .5), (4.0, .2, .12), (6.27, .12, .05)], .9)
VIBRAPHONE = struck([(1, 1, 1.6), (3.98, .22, .3), (9.2, .05, .06)], .5)
ELECTRIC_PIANO = struck([(1, 1, 1.3), (2, .25, .8), (3, .1, .5), (7.1, .1, .05)], .25)
SANTUR = struck([(n * 2 ** (cents / 1200), .6 * n ** -.85, .75 / n ** .55)
                 for n in range(1, 9) for cents in (-1.6, 1.3)], .5, knock=.1)
SYNTH_PLUCK = struck([(1, 1, .5), (2, .5, .34), (3, .33, .2), (4, .2, .13), (5, .12, .08)], .2)

STRINGS = bowed([1, .55, .42, .28, .2, .14, .1, .07, .05], .09, .22, vibrato_cents=9, players=3)
PAD = bowed([1, .3, .16, .1, .05], .5, .7, vibrato_cents=5, players=3)
ENGLISH_HORN = bowed([.7, 1, .8, .42, .3, .18, .1, .08, .04], .07, .12, vibrato_cents=11)
BAMBOO_FLUTE = bowed([1, .34, .22, .08, .04], .08, .14, vibrato_cents=26, breath=.12)
BASS = bowed([1, .4, .12, .05], .015, .1)

GAYAGEUM = plucked(.55, .3, 1.6, .5, bend_cents=22)
PIZZICATO = plucked(.35, .5, .5, .15)

JANGGU = drum(150, 82, .16, .12)
STICK = drum(900, 620, .03, .6)
TOMBAK = drum(190, 96, .12, .1)
BRUSH = drum(2600, 2400, .03, .97)
KICK = drum(130, 48, .13, .02)


# --- Mixing -----------------------------------------------------------------

@dataclass
class Voice:
    instrument: Callable
    volume: float
    score: str
    ring_s: float = 0.0     # how long a note sounds on after its written end (the pedal)


def mix(voices, beats_per_minute, slowing, rate, room, seed):
    """All voices of a piece as one list of samples around -1 to 1."""
    human = random.Random(seed)
    beat_s = 60 / beats_per_minute
    last = max(score_beats(voice.score) for voice in voices)

    def seconds(beat):
        """The tempo gives way over the last four beats."""
        late = max(0.0, float(beat - last + 4))
        return beat_s * (float(beat) + slowing * late * late / 8)

    samples = array("d", bytes(8 * int((seconds(last) + TAIL_S) * rate)))
    for voice in voices:
        for at, length, pitches in read_score(voice.score):
            start_s = seconds(at) + abs(human.gauss(0, .004))
            # Rounded so that equal notes are equal, and rendered once.
            held_s = round((seconds(at + length) - seconds(at)) * .97 + voice.ring_s, 2)
            strength = voice.volume * human.uniform(.86, 1) * (1.06 if at.denominator == 1 else .97)
            for n, pitch in enumerate(pitches):
                note = voice.instrument(frequency(pitch), held_s, rate)
                first = int((start_s + .008 * n) * rate)     # a chord is never quite together
                for i in range(min(len(note), len(samples) - first)):
                    samples[first + i] += strength * note[i]
    return level(add_room(samples, rate, room), rate)


def add_room(samples, rate, amount):
    """Four delay lines that feed themselves, duller each time round (Schroeder)."""
    if not amount:
        return samples
    wet = array("d", bytes(8 * len(samples)))
    for delay_s, keep in ((.0297, .80), (.0371, .78), (.0411, .77), (.0437, .75)):
        delay, dull = int(delay_s * rate), 0.0
        line = [0.0] * delay
        for i, value in enumerate(samples):
            heard = line[i % delay]
            dull += .55 * (heard - dull)
            line[i % delay] = value + keep * dull
            wet[i] += heard
    delay = int(.0051 * rate)
    line = [0.0] * delay
    for i, value in enumerate(wet):
        heard = line[i % delay]
        line[i % delay] = value + .6 * heard
        samples[i] += amount * .25 * (heard - .6 * line[i % delay])
    return samples


def level(samples, rate):
    """One loudness for all; peaks are rounded off, never cut; the end fades to nothing."""
    fade = int(FADE_S * rate)
    for i in range(fade):
        samples[-1 - i] *= (i / fade) ** 2
    peak = max(map(abs, samples))
    rms = math.sqrt(sum(value * value for value in samples) / len(samples))
    gain = min(RMS_TARGET / rms, RMS_GAIN_MAX * PEAK / peak)
    return array("d", (PEAK * math.tanh(gain * value / PEAK) for value in samples))


def write_wave(path, samples, rate, bits):
    """16-bit mono. Fewer `bits` leave the low ones empty, which FLAC then need not store."""
    grain = 1 << (16 - bits)
    whole = array("h", (round(value * 32767 / grain) * grain for value in samples))
    if sys.byteorder == "big":
        whole.byteswap()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(whole.tobytes())


# --- Covers -----------------------------------------------------------------
# A cover is a function of a point (x, y in 0..1, y downwards) to a colour. Shapes
# are signed distances: below zero is inside, and `over` softens the last pixel.

def colour(text):
    return tuple(int(text[i:i + 2], 16) for i in (0, 2, 4))


def blend(under, above, part):
    return tuple(u + (a - u) * part for u, a in zip(under, above))


def over(under, above, distance, opacity=1.0):
    """`above` where the distance is below zero, with an edge one pixel wide."""
    return blend(under, above, opacity * min(1.0, max(0.0, .5 - distance * COVER_PX)))


def disc(x, y, cx, cy, radius):
    return math.hypot(x - cx, y - cy) - radius


def box(x, y, cx, cy, half_w, half_h, radius):
    dx, dy = abs(x - cx) - half_w + radius, abs(y - cy) - half_h + radius
    return math.hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius


def moon_over_water(x, y):
    c = blend(colour("0b1437"), colour("3b4f93"), min(1, y / .62))
    if y > .62:
        c = blend(colour("24346f"), colour("0a1130"), (y - .62) / .38)
    c = over(c, colour("8fa3df"), disc(x, y, .5, .34, .235), .16)
    c = over(c, colour("f7eecf"), disc(x, y, .5, .34, .165))
    for n in range(6):
        c = over(c, colour("f3e7bd"), box(x, y, .5 + .02 * (-1) ** n, .668 + .052 * n,
                                          .15 - .017 * n, .009, .009), .9 - .11 * n)
    return c


def arches(x, y):
    c = colour("f4ead7")
    for cx, cy, tints in ((0, 1, ("b5482f", "d9773f", "edb458", "f4ead7", "2f5d62")),
                          (1, 0, ("2f5d62", "5e8b7e", "a7c4bc", "f4ead7", "b5482f"))):
        for n, tint in enumerate(tints):
            c = over(c, colour(tint), disc(x, y, cx, cy, .70 - .135 * n))
    return c


def three_circles(x, y):
    c = colour("f6f1ea")
    for cx, cy, tint in ((.37, .42, "e8876b"), (.63, .42, "6f9bc8"), (.5, .62, "ecc25e")):
        c = over(c, colour(tint), disc(x, y, cx, cy, .215), .78)
    return c


def prairie(x, y):
    c = blend(colour("e8603c"), colour("fbd786"), min(1, y / .6))
    c = over(c, colour("fff3cf"), disc(x, y, .66, .47, .12))
    for n, tint in enumerate(("c2553f", "8c3f45", "57304a", "2d2140")):
        ground = .56 + .11 * n + (.05 - .006 * n) * math.sin(5.2 * x + 1.9 * n + .4)
        c = over(c, colour(tint), ground - y)
    return c


def sleeve(x, y):
    """The coloured stripes of a saekdong sleeve, and a full moon."""
    stripes = ("c8373f", "f2f0e6", "24477f", "e5b13a", "2e7d5b", "d9849b", "f2f0e6", "24477f")
    place = x * len(stripes)
    n = min(int(place), len(stripes) - 1)
    c = colour(stripes[n])
    if n:
        c = over(c, colour(stripes[n - 1]), (place - n) / len(stripes))
    return over(c, colour("fbf7ea"), disc(x, y, .5, .5, .25))


def eight_pointed(x, y):
    """Khatam: eight-pointed stars, two squares each, on a turquoise ground."""
    c = blend(colour("12756f"), colour("1b9a8f"), y)
    u, v = (x * 2) % 1 - .5, (y * 2) % 1 - .5
    square = max(abs(u), abs(v))
    turned = (abs(u) + abs(v)) / math.sqrt(2)
    for size, tint in ((.40, "f1e3bd"), (.365, "173a78"), (.25, "e0a63a"), (.2, "12306a")):
        c = over(c, colour(tint), (min(square, turned) - size) / 2)
    return over(c, colour("f1e3bd"), (math.hypot(u, v) - .085) / 2)


def canon_waves(x, y):
    c = colour("1d2b3a")
    for n, tint in enumerate(("f2c14e", "f78154", "d1495b", "5fad56", "4d9078")):
        line = .22 + .14 * n + .07 * math.sin(TAU * (1.25 * x - .16 * n))
        c = over(c, colour(tint), abs(y - line) - .026)
    return c


def lamp_and_chair(x, y):
    c = blend(colour("3a2a4d"), colour("2a1e3b"), y)
    if .2 < y < .86:                                       # light falls from the lamp
        c = over(c, colour("f6c667"), abs(x - .72) - .10 - .28 * (y - .2), .22 * (1 - (y - .2) / .8))
    c = over(c, colour("1c1429"), .86 - y)
    c = over(c, colour("c9a26b"), box(x, y, .72, .53, .007, .34, .007))
    c = over(c, colour("ffd98a"), max(abs(x - .72) - .055 - .55 * (y - .13), abs(y - .2) - .07))
    for shape_box, tint in (((.36, .56, .155, .21, .09), "d9654f"), ((.36, .70, .15, .09, .03), "c04f45"),
                            ((.36, .665, .15, .045, .035), "ee8062"), ((.20, .69, .055, .135, .05), "e4715a"),
                            ((.52, .69, .055, .135, .05), "e4715a")):
        c = over(c, colour(tint), box(x, y, *shape_box))
    return c


def png(draw):
    """A cover as the bytes of a PNG."""
    rows, above = bytearray(), bytes(3 * COVER_PX)
    for py in range(COVER_PX):
        row = bytearray()
        for px in range(COVER_PX):
            row += bytes(max(0, min(255, round(part))) for part in
                         draw((px + .5) / COVER_PX, (py + .5) / COVER_PX))
        left = bytes(3) + row[:-3]
        # Two filters are enough for flat shapes: the difference to the left, or to above.
        rows += min((bytes([kind]) + bytes((a - b) & 255 for a, b in zip(row, other))
                     for kind, other in ((1, left), (2, above))),
                    key=lambda line: sum(min(value, 256 - value) for value in line))
        above = row

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", COVER_PX, COVER_PX, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b""))


@functools.lru_cache(maxsize=None)
def cover_bytes(draw, kind):
    """The cover as "png" or "jpg"."""
    if kind == "png":
        return png(draw)
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "png_pipe", "-i", "-", "-c:v", "mjpeg", "-q:v", "8",
         "-pix_fmt", "yuvj420p", "-flags:v", "+bitexact", "-fflags", "+bitexact", "-f", "mjpeg", "-"],
        input=cover_bytes(draw, "png"), stdout=subprocess.PIPE, check=True).stdout


# --- The pieces -------------------------------------------------------------

@dataclass
class Piece:
    artist: str
    album: str
    track: int
    title: str
    year: int
    genre: str
    format: str                              # the file name's ending
    tempo: float                             # beats per minute
    voices: list
    composer: Optional[str] = None
    cover: Optional[tuple] = None            # (drawing, "png" or "jpg"), embedded
    folder_cover: Optional[tuple] = None     # the same, as cover.jpg beside the file
    slowing: float = .35
    room: float = .35
    id3: str = "3"                           # 3 has UTF-16 text, 4 has UTF-8; both are about

    @property
    def path(self):
        return Path(self.artist, self.album, f"{self.track:02} {self.title}.{self.format}")


def prelude_bar(*notes):
    """One bar of Bach's prelude: five notes, broken the same way twice."""
    a, b, c, d, e = notes
    return 2 * f"{a}:1/4 {b} {c} {d} {e} {c} {d} {e} "



MOON = (moon_over_water, "jpg")
LAMP = (lamp_and_chair, "png")
STRIPES = (sleeve, "png")
KHATAM = (eight_pointed, "jpg")

BEETHOVEN = "Ludwig van Beethoven"
BACH = "Johann Sebastian Bach"
FRONT_ROOM = "The Front Room"
SARANGBANG = "사랑방"
EYVAN = "گروه ایوان"

PIECES = [
    Piece(BEETHOVEN, "Klavierstücke", 1, "Mondscheinsonate", 1801, "Classical", "mp3",
          composer=BEETHOVEN, cover=MOON, tempo=76, room=.5, voices=[
              Voice(PIANO, .42, 8 * "G#3:1/3 C#4 E4 " + "| A3 C#4 E4 A3 C#4 E4 A3 D4 F#4 A3 D4 F#4 |"
                    "G#3 C4 F#4 G#3 C#4 E4 G#3 C#4 D#4 F#3 C4 D#4 | E3 G#3 C#4 E3+G#3+C#4:2", .5),
              Voice(PIANO, .5, "C#2+C#3:4 | B1+B2 | A1+A2:2 F#1+F#2 | G#1+G#2 G#1+G#2 | C#2+C#3:3", .3)]),

    Piece(BEETHOVEN, "Klavierstücke", 2, "Für Elise", 1810, "Classical", "mp3",
          composer=BEETHOVEN, cover=MOON, tempo=76, voices=[
              Voice(PIANO, .6, "E5:1/4 D#5 | E5 D#5 E5 B4 D5 C5 | A4:1/2 r:1/4 C4 E4 A4 |"
                    "B4:1/2 r:1/4 E4 G#4 B4 | C5:1/2 r:1/4 E4 E5 D#5 | E5 D#5 E5 B4 D5 C5 |"
                    "A4:1/2 r:1/4 C4 E4 A4 | B4:1/2 r:1/4 E4 C5 B4 | A4:3/2", .12),
              Voice(PIANO, .42, "r:2 | A2:1/4 E3 A3 r:3/4 | E2:1/4 E3 G#3 r:3/4 | A2:1/4 E3 A3 r:3/4 |"
                    "r:3/2 | A2:1/4 E3 A3 r:3/4 | E2:1/4 E3 G#3 r:3/4 | A2:1/4 E3 A3:1", .5)]),

    Piece(BEETHOVEN, "Sinfonie Nr. 9", 4, "Ode an die Freude", 1824, "Classical", "ogg",
          composer=BEETHOVEN, tempo=144, room=.5, voices=[
              Voice(STRINGS, .5, "F#4 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 | F#4:3/2 E4:1/2 E4:2 |"
                    "F#4:1 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 | E4:3/2 D4:1/2 D4:2"),
              Voice(STRINGS, .3, "D4 D4 E4 F#4 | F#4 E4 D4 C#4 | A3 A3 C#4 D4 | D4:3/2 C#4:1/2 C#4:2 |"
                    "D4:1 D4 E4 F#4 | F#4 E4 D4 C#4 | A3 A3 C#4 D4 | C#4:3/2 A3:1/2 A3:2"),
              Voice(STRINGS, .42, "D3:2 A2 | D3 A2 | B2 A2:1 D3 | A2:4 |"
                    "D3:2 A2 | D3 A2 | B2 A2:1 D3 | A2:3/2 D3:1/2 D2+D3:2")]),

    Piece(BACH, "Das Wohltemperierte Clavier", 1, "Praeludium in C", 1722, "Baroque", "opus",
          composer=BACH, cover=(arches, "jpg"), tempo=100, voices=[
              Voice(PIANO, .5, prelude_bar("C4", "E4", "G4", "C5", "E5")
                    + prelude_bar("C4", "D4", "A4", "D5", "F5")
                    + prelude_bar("B3", "D4", "G4", "D5", "F5")
                    + prelude_bar("C4", "E4", "G4", "C5", "E5") + "| C3+G3+C4+E4+C5:2", .4)]),

    Piece("Johann Pachelbel", "Kammermusik", 1, "Kanon in D", 1694, "Baroque", "m4a",
          composer="Johann Pachelbel", cover=(canon_waves, "png"), tempo=152, room=.5, voices=[
              Voice(PIZZICATO, .8, 2 * "D3:2 A2 B2 F#2 G2 D2 G2 A2 | " + "D2+D3:3"),
              Voice(STRINGS, .4, "F#5:2 E5 D5 C#5 B4 A4 B4 C#5 | D5 C#5 B4 A4 G4 F#4 G4 E4 | D4+F#4:3"),
              Voice(STRINGS, .36, "r:16 | F#5:2 E5 D5 C#5 B4 A4 B4 C#5 | D5:3"),
              Voice(HARPSICHORD, .16, 2 * ("A3:1/2 D4 F#4 D4 A3 C#4 E4 C#4 B3 D4 F#4 D4 A3 C#4 F#4 C#4 |"
                                           "B3 D4 G4 D4 A3 D4 F#4 D4 B3 D4 G4 D4 C#4 E4 A4 E4 | ")
                    + "D4+F#4+A4:3")]),

    Piece("Antonín Dvořák", "Z nového světa", 2, "Largo", 1893, "Romantic", "opus",
          composer="Antonín Dvořák", cover=(prairie, "jpg"), tempo=108, room=.6, voices=[
              Voice(ENGLISH_HORN, .44, "F4:3/2 Ab4:1/2 Ab4:2 | F4:3/2 Eb4:1/2 Db4:2 |"
                    "Eb4:3/2 F4:1/2 Ab4:3/2 F4:1/2 | Eb4:4 | F4:3/2 Ab4:1/2 Ab4:2 |"
                    "F4:3/2 Eb4:1/2 Db4:2 | Eb4:3/2 F4:1/2 Eb4:3/2 Db4:1/2 | Db4:4"),
              Voice(PAD, .2, "Db3+Ab3+Db4:4 | Db3+Ab3+Db4:2 Gb2+Gb3+Bb3 | Ab2+Ab3+C4 Db3+F3+Ab3 |"
                    "Ab2+Eb3+C4 Ab2+Gb3+C4 | Db3+Ab3+Db4:4 | Db3+Ab3+Db4:2 Gb2+Gb3+Bb3 |"
                    "Ab2+Eb3+Gb3+C4:4 | Db2+Db3+F3+Ab3")]),

    Piece("Erik Satie", "Trois Gymnopédies", 1, "Gymnopédie nº 1", 1888, "Impressionist", "ogg",
          composer="Erik Satie", cover=(three_circles, "png"), tempo=84, room=.5, voices=[
              Voice(PIANO, .52, "r:6 | r:1 F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3", .25),
              Voice(PIANO, .5, 3 * "G2:3 | D2 | ", .2),
              Voice(PIANO, .24, 3 * "r:1 B3+D4+F#4:2 | r:1 A3+C#4+F#4:2 | ", .2)]),

    Piece("Johannes Brahms", "Lieder", 4, "Wiegenlied", 1868, "Romantic", "wav",
          composer="Johannes Brahms", tempo=108, room=.2, voices=[
              Voice(MUSIC_BOX, .6, "A4:1/2 A4 | C5:3/2 A4:1/2 A4:1 | C5:2 G4:1/2 Bb4 |"
                    "E5 D5 C5:1 E5 | F5:2", .5),
              Voice(MUSIC_BOX, .3, "r:1 | F3 C4 F4 | F3 C4 r | C4 G4 Bb4 | F3+C4+A4:2", .5)]),

    Piece(SARANGBANG, "옛 노래", 1, "아리랑", 2026, "국악", "opus",
          cover=STRIPES, tempo=108, room=.5, voices=[
              Voice(BAMBOO_FLUTE, .5, "D4:3/2 E4:1/2 D4 E4 | G4:3/2 A4:1/2 G4 A4 |"
                    "B4:1 A4:1/2 B4:1/4 A4 G4:1/2 E4 | D4:3/2 E4:1/2 D4 E4 | G4:3/2 A4:1/2 G4 A4 |"
                    "B4 A4 G4 E4 D4 E4 | G4:3/2 A4:1/2 G4:1 | G4:3"),
              Voice(GAYAGEUM, .42, "D3:3/2 A3:1/2 D4:1 | G3:3/2 D4:1/2 G4:1 | G3:3/2 B3:1/2 E4:1 |"
                    "D3:3/2 A3:1/2 D4:1 | G3:3/2 D4:1/2 G4:1 | E3:3/2 B3:1/2 E4:1 | G3:3/2 D4:1/2 G4:1 | G3+D4:3"),
              Voice(JANGGU, .5, 7 * "C2:1 C2:5/3 C2:1/3 | " + "C2:3"),
              Voice(STICK, .16, 7 * "r:5/3 C4:1/3 r:1/3 C4:2/3 | " + "r:3")]),

    Piece(SARANGBANG, "옛 노래", 2, "달빛 마루", 2026, "국악", "m4a",
          cover=STRIPES, tempo=88, room=.55, voices=[
              Voice(GAYAGEUM, .7, "A3 E4:1/2 D4 E4:2 | G4:1 E4:1/2 D4 C4:2 |"
                    "D4:1 E4:1/2 G4 A4:3/2 G4:1/2 | E4 D4 C4 D4 A3:2 | E3+A3:2", .4),
              Voice(GAYAGEUM, .4, "A2:4 | C3 | D3:2 A2 | A2:4 | A2:2", .6),
              Voice(JANGGU, .3, 4 * "C2:3 C2:1 | " + "C2:2")]),

    # A daramad is played freely: this one follows the old shape (the tonic from
    # below, a step higher at each phrase, and home) and keeps to no one's version.
    Piece(EYVAN, "نغمه‌های شور", 1, "درآمد شور", 2026, "موسیقی سنتی", "mp3",
          folder_cover=KHATAM, tempo=72, room=.5, id3="4", voices=[
              Voice(SANTUR, .5, "F4:1/2 " + tremolo("G4", "3/2") + "Ap4:1/4 G4 F4 G4 |"
                    "G4:1/2 Ap4 " + tremolo("Bb4", "3/2") + "Ap4:1/4 Bb4 Ap4 G4 |"
                    "Bb4:1/2 " + tremolo("C5", "3/2") + "Bb4:1/4 C5 Bb4 Ap4 Bb4 Ap4 G4 F4 | "
                    "Ap4:1/2 " + tremolo("G4", "2") + "G3+G4:1", .25),
              Voice(SANTUR, .36, "r:1/2 G3:5/2 | G3:1 r:1/2 D4:2 | r:1/2 C4:5/2 F3:1 | r:1/2 G3:2 r:1", .5)]),

    Piece(EYVAN, "نغمه‌های شور", 2, "چهارمضراب", 2026, "موسیقی سنتی", "ogg",
          folder_cover=KHATAM, tempo=138, room=.3, slowing=.2, voices=[
              Voice(SANTUR, .5, 2 * "G3:1/3 D4 G4 G3 D4 G4 | " + 2 * "G3 Bb4 Ap4 G3 Ap4 G4 | "
                    + "G3 C5 Bb4 G3 Bb4 Ap4 | G3 Bb4 Ap4 G3 Ap4 G4 | G3 D5 C5 G3 C5 Bb4 |"
                    "G3 C5 Bb4 G3 Bb4 Ap4 | F3 Ap4 G4 F3 G4 F4 | G3 Ap4 G4 G3 F4 G4 | G3+D4+G4:2", .2),
              Voice(TOMBAK, .42, "r:4 | " + 8 * "C2:1/3 r:1/3 C2 r:1/3 C2:2/3 | " + "C2:2"),
              Voice(STICK, .14, "r:4 | " + 8 * "r:1/3 C4 r:1/3 C4 r:1/3 C4 | " + "r:2")]),

    Piece(FRONT_ROOM, "Five Easy Chairs", 1, "Armchair Waltz", 2026, "Waltz", "flac",
          cover=LAMP, tempo=184, room=.2, voices=[
              Voice(VIBRAPHONE, .42, "A4 C5 F5 | E5:2 D5:1 | C5 A4 F4 | G4:3 |"
                    "Bb4:1 D5 G5 | F5:2 D5:1 | C5 Bb4 E5 | F5:3"),
              Voice(PIANO, .3, "F2 A3+C4 A3+C4 | C2 Bb3+C4 Bb3+C4 | F2 A3+C4 A3+C4 | C2 Bb3+E4 Bb3+E4 |"
                    "G2 Bb3+D4 Bb3+D4 | Bb2 Bb3+D4 Bb3+D4 | C2 Bb3+E4 Bb3+E4 | F2+A3+C4:3")]),

    Piece(FRONT_ROOM, "Five Easy Chairs", 2, "Lamplight", 2026, "Jazz", "m4a",
          cover=LAMP, tempo=84, room=.3, voices=[
              Voice(ELECTRIC_PIANO, .2, "F3+A3+C4+E4:5/2 F3+A3+C4+E4:3/2 | F3+A3+B3+E4:5/2 F3+A3+B3+D4:3/2 |"
                    "E3+G3+B3+D4:5/2 E3+G3+B3+D4:3/2 | E3+G3+C4+D4:3"),
              Voice(VIBRAPHONE, .3, "r:1/2 E5:2/3 D5:1/3 C5:1 A4:3/2 |"
                    "r:1/2 B4:2/3 D5:1/3 E5:1 C5:2/3 B4:1/3 A4:1/2 |"
                    "G4:2/3 A4:1/3 B4:1 D5:2 | E5:3"),
              Voice(BASS, .4, "D2:3/2 A2:1/2 D3:1 C3 | G2:3/2 D3:1/2 G2:1 B2 | C3:3/2 G2:1/2 E2:1 G2 | C2:3"),
              Voice(BRUSH, .13, 3 * "C6:1 C6:2/3 C6:1/3 C6:1 C6:2/3 C6:1/3 | " + "C6:1 r:2"),
              Voice(KICK, .34, 3 * "C2:3/2 C2:1/2 r:2 | " + "C2:1 r:2")]),

    Piece(FRONT_ROOM, "Five Easy Chairs", 3, "Rain on the Skylight", 2026, "Ambient", "mp3",
          cover=LAMP, tempo=112, room=.7, voices=[
              Voice(SYNTH_PLUCK, .3, 2 * "A3:1/4 E4 A4 C5 E5 C5 A4 E4 | " + 2 * "F3 C4 F4 A4 C5 A4 F4 C4 | "
                    + 2 * "C4 G4 C5 E5 G5 E5 C5 G4 | " + 2 * "G3 D4 G4 B4 D5 B4 G4 D4 | " + "A3+E4+A4+C5:3", .2),
              Voice(PAD, .16, "A2+E3+C4:4 | F2+C3+A3 | C3+G3+E4 | G2+D3+B3 | A2+E3+A3:3"),
              Voice(MUSIC_BOX, .2, "r:2 E6:1/2 D6 C6:1 | r:1 A5:1/2 C6 F6:2 | r:1 E6:1/2 G6 E6:2 |"
                    "D6:3/2 B5:1/2 G5:2 | A5:3", .5)]),
]


# --- Encoding ---------------------------------------------------------------

@dataclass(frozen=True)
class Format:
    rate: int          # samples per second
    bits: int          # how many of the sixteen carry sound
    options: tuple     # for ffmpeg


# Low rates, so that the whole bank stays small; the sketches need no more.
FORMATS = {
    "mp3": Format(22050, 16, ("-c:a", "libmp3lame", "-abr", "1", "-b:a", "20k")),
    "ogg": Format(16000, 16, ("-c:a", "libvorbis", "-b:a", "20k")),
    "opus": Format(24000, 16, ("-c:a", "libopus", "-b:a", "14k")),
    "m4a": Format(16000, 16, ("-c:a", "aac", "-b:a", "20k")),
    "flac": Format(16000, 10, ("-c:a", "flac", "-compression_level", "12")),
    "wav": Format(8000, 16, ("-c:a", "pcm_s16le")),
}


def ogg_picture(draw, kind):
    """A FLAC picture block, as Ogg files carry it: in a comment, in base64."""
    image, mime = cover_bytes(draw, kind), {"png": b"image/png", "jpg": b"image/jpeg"}[kind]
    front_cover, bits_per_pixel, palette = 3, 24, 0
    block = (struct.pack(">II", front_cover, len(mime)) + mime + struct.pack(">I", 0)
             + struct.pack(">IIIII", COVER_PX, COVER_PX, bits_per_pixel, palette, len(image)) + image)
    return base64.b64encode(block).decode()


def encode(piece, wav, target):
    """Hands the sound, the tags and the cover to ffmpeg."""
    tags = {"title": piece.title, "artist": piece.artist, "album": piece.album,
            "track": str(piece.track), "date": str(piece.year), "genre": piece.genre,
            "composer": piece.composer, "copyright": LICENCE}
    command = ["ffmpeg", "-v", "error", "-y", "-threads", "1", "-i", str(wav)]
    picture = None
    if piece.cover and piece.format in ("ogg", "opus"):
        tags["METADATA_BLOCK_PICTURE"] = ogg_picture(*piece.cover)
    elif piece.cover:
        picture = wav.with_suffix("." + piece.cover[1])
        picture.write_bytes(cover_bytes(*piece.cover))
        command += ["-i", str(picture), "-map", "0:a", "-map", "1:v", "-c:v", "copy",
                    "-disposition:v", "attached_pic", "-metadata:s:v", "title=Cover",
                    "-metadata:s:v", "comment=Cover (front)"]
    command += FORMATS[piece.format].options
    if piece.format == "mp3":
        command += ["-id3v2_version", piece.id3]
    command += ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    for name, value in tags.items():
        if value:
            command += ["-metadata", f"{name}={value}"]
    subprocess.run(command + [str(target)], check=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--into", type=Path, default=Path(__file__).resolve().parent)
    arguments.add_argument("--only", default="", help="a word in the path of the files to write")
    chosen = arguments.parse_args()
    for piece in PIECES:
        if chosen.only.lower() not in str(piece.path).lower():
            continue
        target = chosen.into / piece.path
        target.parent.mkdir(parents=True, exist_ok=True)
        sound = FORMATS[piece.format]
        samples = mix(piece.voices, piece.tempo, piece.slowing, sound.rate, piece.room, piece.title)
        with tempfile.TemporaryDirectory() as scratch:
            wav = Path(scratch, "sound.wav")
            write_wave(wav, samples, sound.rate, sound.bits)
            encode(piece, wav, target)
        if piece.folder_cover:
            (target.parent / "cover.jpg").write_bytes(cover_bytes(*piece.folder_cover))
        print(f"{target.stat().st_size:7}  {len(samples) / sound.rate:5.1f} s  {piece.path}")


if __name__ == "__main__":
    main()
