// @ts-check
/**
 * What is seen and heard: a moving tile with a name, and a tone, for each person. Hue and tone
 * follow the person's number, so they are the same after a reload and tell people apart.
 */

/**
 * @typedef {object} Somebody
 * @property {string} id
 * @property {string} name
 * @property {number} number from 1, in the order in which the meeting's seats were made
 */

const MOST = 9;
const GRIDS = [1, 2, 4, 6, MOST];

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

class Tile {
    /** @param {Somebody} person */
    constructor(person) {
        this.hue = (person.number * 137) % 360;
        this.pace = 1 + (person.number % 5) * 0.2;
        this.root = document.createElement('figure');
        this.canvas = document.createElement('canvas');
        this.caption = document.createElement('figcaption');
        this.root.append(this.canvas, this.caption);
        const pen = this.canvas.getContext('2d', { alpha: false });
        if (!pen) {
            throw new Error('the browser gives no canvas to draw on');
        }
        this.pen = pen;
        this.name(person.name);
    }

    /** @param {string} name */
    name(name) {
        if (this.caption.textContent !== name) {
            this.caption.textContent = name;
        }
    }

    /** Half the pixels are enough for flat shapes, and cost a quarter. */
    fit() {
        this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth / 2));
        this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight / 2));
    }

    /** @param {number} seconds */
    draw(seconds) {
        const { pen, canvas, hue } = this;
        const { width, height } = canvas;
        const t = seconds * this.pace;
        pen.fillStyle = `hsl(${hue} 40% 20%)`;
        pen.fillRect(0, 0, width, height);
        const bar = width / 16;
        pen.fillStyle = `hsl(${hue} 55% 38%)`;
        for (let i = 0; i < 16; i++) {
            const tall = height * (0.14 + 0.1 * Math.sin(3 * t + i * 0.8));
            pen.fillRect(i * bar + 1, height - tall, bar - 2, tall);
        }
        const radius = Math.min(width, height) / 7;
        const x = radius + (width - 2 * radius) * (0.5 + 0.5 * Math.sin(1.7 * t));
        const y = radius + (height * 0.72 - 2 * radius) * (0.5 + 0.5 * Math.cos(2.3 * t));
        pen.fillStyle = `hsl(${hue} 80% 65%)`;
        pen.beginPath();
        pen.arc(x, y, radius, 0, 2 * Math.PI);
        pen.fill();
    }
}

class Sound {
    #context = new AudioContext();
    /** @type {Map<string, {stop(): void}>} */
    #tones = new Map();

    /** True if what sounds is heard; a browser may want a click first. */
    get running() {
        if (this.#context.state !== 'running') {
            this.#context.resume().catch(() => {});
        }
        return this.#context.state === 'running';
    }

    /** @param {Somebody[]} people */
    play(people) {
        for (const [id, tone] of this.#tones) {
            if (!people.some((person) => person.id === id)) {
                tone.stop();
                this.#tones.delete(id);
            }
        }
        for (const person of people) {
            if (!this.#tones.has(person.id)) {
                this.#tones.set(person.id, this.#tone(person.number));
            }
        }
    }

    /** @param {number} number */
    #tone(number) {
        const context = this.#context;
        const pitch = new OscillatorNode(context, { frequency: 220 * (1 + ((number - 1) % 12)) });
        const tremolo = new OscillatorNode(context, { frequency: 0.4 + 0.1 * (number % 4) });
        const depth = new GainNode(context, { gain: 0.02 });
        const loudness = new GainNode(context, { gain: 0.06 });
        tremolo.connect(depth).connect(loudness.gain);
        pitch.connect(loudness).connect(context.destination);
        pitch.start();
        tremolo.start();
        return {
            stop() {
                pitch.stop();
                tremolo.stop();
                loudness.disconnect();
            },
        };
    }
}

export class Stage {
    #sound = new Sound();
    /** @type {Map<string, Tile>} */
    #tiles = new Map();

    constructor() {
        const clock = element('clock');
        /** @param {number} at */
        const frame = (at) => {
            clock.textContent = new Date().toISOString().slice(11, 23);
            this.#tiles.forEach((tile) => tile.draw(at / 1000));
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    }

    /** True if sound is heard. */
    get audible() {
        return this.#sound.running;
    }

    /**
     * Shows these people; nobody is a calm page.
     * @param {string} subject
     * @param {Somebody[]} people
     */
    people(subject, people) {
        this.#place(people.slice(0, MOST));
        this.#sound.play(people);
        const more = people.length - MOST;
        this.#write(subject, more > 0 ? `and ${more} more` : '', people.length > 0 ? '' : 'Nobody is here');
    }

    /**
     * Shows a word and nobody.
     * @param {string} word
     */
    word(word) {
        this.#place([]);
        this.#sound.play([]);
        this.#write('', '', word);
    }

    /**
     * @param {string} subject
     * @param {string} more
     * @param {string} word
     */
    #write(subject, more, word) {
        for (const [id, text] of [['subject', subject], ['more', more], ['word', word]]) {
            const place = element(id);
            if (place.textContent !== text) {
                place.textContent = text;
            }
        }
    }

    /** @param {Somebody[]} people */
    #place(people) {
        const same = people.length === this.#tiles.size && people.every((person) => this.#tiles.has(person.id));
        if (same) {
            people.forEach((person) => this.#tiles.get(person.id)?.name(person.name));
            return;
        }
        const before = this.#tiles;
        this.#tiles = new Map(people.map((person) => [person.id, before.get(person.id) ?? new Tile(person)]));
        const root = element('tiles');
        root.dataset.grid = String(GRIDS.find((size) => size >= people.length));
        root.replaceChildren(...Array.from(this.#tiles.values(), (tile) => tile.root));
        this.#tiles.forEach((tile) => tile.fit());
    }
}
