// @ts-check
/**
 * The recorder's page of the emulated room. It keeps the contract of
 * crates/contract/src/page.rs: it looks at its ticket, enters and leaves the meeting as the ticket
 * says, shows who is there, and tells the recorder how it stands. Join key and token go into no
 * address, log or element.
 */

import { BadTicket, Seat } from './ticket.js';
import { Stage } from './stage.js';

const LOOK_MS = 1000;
const BEAT_MS = 500;
const TELL_MS = 2000;

/** @type {Record<string, string>} */
const WORDS = {
    waiting: 'Waiting',
    joining: 'Entering the meeting',
    reconnecting: 'Reconnecting',
    ended: 'The meeting has ended',
    removed: 'Removed from the meeting',
    failed: 'This page cannot go on',
};

/**
 * @typedef {{meetingId: string, attendeeId: string, joinToken: string}} Place
 * @typedef {{standing: string, visit?: string, people?: import('./stage.js').Somebody[]}} Answer
 */

const stage = new Stage();
/** @type {import('./ticket.js').Ticket | null} */
let ticket = null;
/** The newest revision ever seen; an older one is a late copy. */
let newest = 0;
/** @type {{place: Place, id: string} | null} */
let visit = null;
/**
 * A place that does not let us in any more; only a ticket that names another helps.
 * @type {Place | null}
 */
let lost = null;
let over = false;
/** Why there is a ticket that cannot be opened; empty if there is none such. */
let sealed = '';
let state = '';
let told = '';
let wake = () => {};

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function tell() {
    const binding = /** @type {any} */ (globalThis).chimeRecorder;
    if (typeof binding === 'function') {
        binding(told);
    }
}

/**
 * @param {string} next
 * @param {string} [reason]
 * @param {number} [people]
 */
function say(next, reason = '', people = 0) {
    state = next;
    document.documentElement.dataset.state = next;
    if (next !== 'live') {
        stage.word(WORDS[next]);
    }
    const message = JSON.stringify({ v: 1, state: next, people, ...(reason && { reason }) });
    if (message !== told) {
        told = message;
        tell();
    }
}

/**
 * @param {Place} place
 * @param {string} act
 * @param {object} more
 * @returns {Promise<Answer>}
 */
async function ask(place, act, more = {}) {
    const { meetingId, attendeeId, joinToken } = place;
    const answer = await fetch(`/emulator/attendees/${attendeeId}/${act}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ meetingId, joinToken, ...more }),
        keepalive: act === 'leave',
        signal: AbortSignal.timeout(2000),
    });
    return answer.json();
}

/** Leaves properly. If the word is lost, the emulator misses our heartbeat. */
async function leave() {
    if (visit) {
        const { place, id } = visit;
        visit = null;
        await ask(place, 'leave', { visit: id }).catch(() => {});
    }
}

/**
 * The place an open ticket names.
 * @param {import('./ticket.js').Ticket} open
 * @returns {Place | null}
 */
function placeOf({ meeting, attendee }) {
    if (!meeting || !attendee) {
        return null;
    }
    return { meetingId: meeting.MeetingId, attendeeId: attendee.AttendeeId, joinToken: attendee.JoinToken };
}

/**
 * @param {Place} a
 * @param {Place | undefined | null} b
 */
const same = (a, b) => a.meetingId === b?.meetingId && a.attendeeId === b?.attendeeId;

/** Says what a ticket that is not open means. */
function standBy() {
    const next = ticket?.state ?? 'waiting';
    if (sealed) {
        say('failed', sealed);
    } else if (['waiting', 'ended', 'removed'].includes(next)) {
        say(next, ticket?.reason);
    } else {
        say('failed', 'the ticket says a state this page does not know');
    }
    over = next === 'ended' || next === 'removed';
}

/** One look at the ticket and at the meeting. */
async function turn() {
    const now = ticket;
    if (now?.state !== 'open') {
        standBy();
        lost = null;
        return leave();
    }
    const place = placeOf(now);
    if (!place) {
        say('failed', 'the ticket is open without meeting or attendee');
        return leave();
    }
    if (visit && !same(place, visit.place)) {
        say('joining');
        await leave();
    }
    if (same(place, lost)) {
        return;
    }
    if (!visit && state !== 'reconnecting') {
        say('joining');
    }
    const answer = visit ? await ask(place, 'here', { visit: visit.id }) : await ask(place, 'join');
    if (answer.visit) {
        visit = { place, id: answer.visit };
    }
    // The ticket may have changed its mind meanwhile: then the next turn says what is so.
    if (ticket === now) {
        settle(answer, now, place);
    }
}

/**
 * @param {Answer} answer
 * @param {import('./ticket.js').Ticket} open
 * @param {Place} place
 */
function settle(answer, open, place) {
    if (answer.standing === 'connected') {
        const people = answer.people ?? [];
        if (stage.audible) {
            stage.people(open.subject, people);
            say('live', '', people.length);
        } else {
            say('joining', 'the browser does not play sound yet');
        }
        return;
    }
    visit = null;
    if (answer.standing === 'gone') {
        say('reconnecting', 'the connection was lost');
    } else if (answer.standing === 'replaced') {
        // To come back would put the other page out, which would come back.
        over = true;
        say('removed', 'another page took this seat');
    } else if (answer.standing === 'unauthorized') {
        lost = place;
        say('failed', 'the meeting does not take this ticket');
    } else {
        lost = place;
        say('reconnecting', 'the meeting or the attendee is gone; waiting for the ticket');
    }
}

/** @param {Seat} seat */
async function watchTicket(seat) {
    while (!over) {
        try {
            const next = await seat.look();
            sealed = '';
            if (next === null || next.revision >= newest) {
                const changed = next?.revision !== ticket?.revision;
                newest = next?.revision ?? newest;
                if (changed) {
                    ticket = next;
                    if (next?.state !== 'open') {
                        standBy();
                    }
                    wake();
                }
            }
        } catch (error) {
            // What cannot be fetched may come. What cannot be opened matters if nothing was before.
            sealed = error instanceof BadTicket && !ticket ? error.message : '';
        }
        await pause(LOOK_MS);
    }
}

async function beInTheMeeting() {
    while (!over) {
        try {
            await turn();
        } catch {
            if (ticket?.state === 'open') {
                say('reconnecting', 'the emulator does not answer');
            }
        }
        const woken = new Promise((done) => {
            wake = () => done(undefined);
        });
        await Promise.race([pause(BEAT_MS), woken]);
    }
    await leave();
}

async function start() {
    say('waiting');
    setInterval(tell, TELL_MS);
    addEventListener('pagehide', () => void leave());
    const answer = await fetch('/emulator/room.json', { cache: 'no-store' });
    const { orgId } = await answer.json();
    const seat = await Seat.of(location.hash.slice(1), orgId);
    await Promise.all([watchTicket(seat), beInTheMeeting()]);
}

start().catch((error) => {
    say('failed', error instanceof BadTicket ? error.message : 'the page could not start');
});
