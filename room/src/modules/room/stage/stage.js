// @ts-check
/**
 * The pictures. `room/layout` says where each stands; the places are set by script, for the page's policy takes no style
 * attributes. A tile keeps its element as long as its person stays, so that pictures do not flicker.
 */
import { LightningElement, api } from 'lwc';
import { arrange } from 'room/layout';
import { spotlight } from 'room/people';
import { count, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */
/** @typedef {import('../../../core/state.js').Person} Person */

export default class Stage extends LightningElement {
    /** @type {RoomState['people']} */
    @api people = [];
    /** @type {RoomState['tiles']} */
    @api tiles = [];
    /** @type {'grid'|'speaker'} */
    @api mode = 'grid';

    words = words('stage');
    size = { width: 0, height: 0 };
    /** @type {string|null} id of the item the person chose to see large */
    pinned = null;
    /** Who was large last: no part of what is drawn, so that drawing may change it. @type {{speaker: string|null}} */
    memory = { speaker: null };
    /** @type {ResizeObserver|null} */
    observer = null;

    renderedCallback() {
        const area = /** @type {HTMLElement} */ (this.refs?.area);
        if (!this.observer) {
            this.observer = new ResizeObserver(() => {
                const { clientWidth: width, clientHeight: height } = area;
                if (width !== this.size.width || height !== this.size.height) {
                    this.size = { width, height };
                }
            });
            this.observer.observe(area);
        }
        const places = new Map(this.arrangement.tiles.map((place) => [place.id, place]));
        area.querySelectorAll('[data-item]').forEach((element) => {
            const { style, dataset } = /** @type {HTMLElement} */ (element);
            const place = places.get(dataset.item ?? '');
            if (place) {
                style.transform = `translate(${Math.round(place.x)}px, ${Math.round(place.y)}px)`;
                style.width = `${Math.floor(place.width)}px`;
                style.height = `${Math.floor(place.height)}px`;
            }
        });
    }

    disconnectedCallback() {
        this.observer?.disconnect();
        this.observer = null;
    }

    /** Screens first, then the others, then oneself. */
    get items() {
        const byId = new Map(this.tiles.map((tile) => [tile.id, tile]));
        const owner = new Map(this.people.map((person) => [person.attendeeId, person]));
        const screens = this.tiles
            .filter((tile) => tile.content)
            .map((tile) => ({
                id: `screen-${tile.id}`,
                content: true,
                self: false,
                ratio: tile.width && tile.height ? tile.width / tile.height : null,
                tile,
                person: owner.get(tile.attendeeId) ?? null
            }));
        const faces = this.people.map((person) => ({
            id: person.attendeeId,
            content: false,
            self: person.self,
            ratio: null,
            tile: person.tile === null ? null : (byId.get(person.tile) ?? null),
            person
        }));
        return [...screens, ...faces.filter(({ self }) => !self), ...faces.filter(({ self }) => self)];
    }

    get arrangement() {
        const { items } = this;
        this.memory.speaker = spotlight(this.memory.speaker, this.people);
        const pinned = items.find(({ id }) => id === this.pinned);
        return arrange({
            ...this.size,
            items,
            mode: pinned ? 'speaker' : this.mode,
            main: pinned?.id ?? (items.some(({ content }) => content) ? null : this.memory.speaker)
        });
    }

    get shown() {
        const items = new Map(this.items.map((item) => [item.id, item]));
        const alone = items.size < 2;
        // In the order of the items, so that elements stay where they are in the page while places change.
        const places = new Map(this.arrangement.tiles.map((place) => [place.id, place]));
        return [...items.values()]
            .filter(({ id }) => places.has(id))
            .map((item) => ({
                ...item,
                alone,
                place: places.get(item.id)?.place ?? 'grid',
                pinned: item.id === this.pinned,
                attendee: item.person?.attendeeId ?? item.tile?.attendeeId ?? '',
                name: item.person?.name ?? item.tile?.name ?? '',
                speaking: String(!item.content && item.person?.speaking === true),
                muted: String(!item.content && item.person?.muted === true),
                isContent: item.content ? 'true' : null,
                classes: `place ${places.get(item.id)?.place ?? 'grid'}`
            }));
    }

    get more() {
        const { more } = this.arrangement;
        return this.size.width > 0 && more > 0 ? count(this.words.more, more) : '';
    }

    get alone() {
        return this.people.length === 1 && this.tiles.every(({ content }) => !content);
    }

    /** @param {CustomEvent} event */
    handlePin(event) {
        const id = /** @type {HTMLElement} */ (event.currentTarget).dataset.pin ?? null;
        this.pinned = this.pinned === id ? null : id;
    }

    handleMore() {
        this.dispatchEvent(new CustomEvent('people'));
    }
}
