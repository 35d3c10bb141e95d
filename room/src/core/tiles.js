// @ts-check
/**
 * The pictures of the meeting: one tile a camera or shared screen, with the attendee it belongs to. The face binds a
 * video element to a tile; a tile that ends lets it go by itself.
 */
import { ownerOf } from './roster.js';

/**
 * @typedef {Omit<import('./state.js').Tile, 'name'>} Tile
 * @typedef {object} Tiles
 * @property {() => readonly Tile[]} list
 * @property {(attendeeId: string) => number|null} cameraOf
 * @property {(tileId: number, element: HTMLVideoElement) => void} bind
 * @property {(tileId: number) => void} unbind
 */

/**
 * @param {object} deps
 * @param {import('amazon-chime-sdk-js').AudioVideoFacade} deps.audioVideo
 * @param {() => void} deps.onChange
 * @returns {Tiles & {observer: import('amazon-chime-sdk-js').AudioVideoObserver}}
 */
export function watchTiles({ audioVideo, onChange }) {
    /** @type {Map<number, Tile>} */
    const tiles = new Map();
    return {
        observer: {
            videoTileDidUpdate(state) {
                const { tileId, boundAttendeeId } = state;
                if (tileId === null || !boundAttendeeId) {
                    return;
                }
                if (state.localTile && !state.boundVideoStream) {
                    // The SDK keeps its own tile when the camera goes off; there is no picture to show.
                    this.videoTileWasRemoved?.(tileId);
                    return;
                }
                tiles.set(tileId, {
                    id: tileId,
                    attendeeId: ownerOf(boundAttendeeId),
                    content: state.isContent,
                    local: state.localTile,
                    paused: state.paused,
                    width: state.videoStreamContentWidth,
                    height: state.videoStreamContentHeight
                });
                onChange();
            },
            videoTileWasRemoved(tileId) {
                if (tiles.delete(tileId)) {
                    onChange();
                }
            }
        },
        list: () => [...tiles.values()],
        cameraOf(attendeeId) {
            const tile = [...tiles.values()].find((one) => one.attendeeId === attendeeId && !one.content);
            return tile?.id ?? null;
        },
        bind(tileId, element) {
            if (tiles.has(tileId)) {
                audioVideo.bindVideoElement(tileId, element);
            }
        },
        unbind(tileId) {
            if (tiles.has(tileId)) {
                // The element goes with the face's own component: the SDK need not empty it.
                audioVideo.unbindVideoElement(tileId, false);
            }
        }
    };
}
