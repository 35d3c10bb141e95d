// @ts-check
// A page on another site that holds the room in a frame and speaks to it over the port, as the component in Salesforce
// does. It keeps what the room told, for the tests to look at.
import { once } from 'node:events';
import { createServer } from 'node:http';

const ALLOW = 'camera; microphone; display-capture; autoplay; fullscreen';

/* Runs in the page. */
function script() {
    /** @type {string[]} */
    const told = [];
    /** @type {MessagePort | undefined} */
    let port;
    const open = (/** @type {string} */ origin, /** @type {object} */ seat) => {
        const frame = document.createElement('iframe');
        const { allow } = document.body.dataset;
        if (allow) frame.allow = allow;
        frame.style.cssText = 'width: 640px; height: 640px; border: 0';
        frame.title = 'Meeting room';
        const offer = () => {
            const channel = new MessageChannel();
            channel.port1.onmessage = ({ data }) => {
                told.push(data);
                if (JSON.parse(data).type !== 'ready') return;
                port = channel.port1;
                port.postMessage(JSON.stringify({ type: 'open', v: 1, locale: 'en-US', justIssued: true, ...seat }));
            };
            frame.contentWindow?.postMessage(JSON.stringify({ chime: 'connect', v: 1 }), origin, [channel.port2]);
        };
        window.addEventListener('message', (event) => {
            if (event.source === frame.contentWindow && event.origin === origin) offer();
        });
        frame.addEventListener('load', offer);
        frame.src = `${origin}/?embed=1`;
        document.body.append(frame);
    };
    const send = (/** @type {object} */ message) => port?.postMessage(JSON.stringify(message));
    Object.assign(window, { holder: { open, send, told } });
}

/**
 * Serves the page on `localhost`, which is another site than 127.0.0.1.
 *
 * @param {{allow?: string | null, policy?: string}} how what the frame allows, and the page's Permissions-Policy
 */
export async function serveFrame({ allow = ALLOW, policy } = {}) {
    const page = `<!doctype html><html lang="en"><title>Record page</title>
<body data-allow="${allow ?? ''}"><script>(${script})()</script></body></html>`;
    const server = createServer((_, response) => {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        if (policy) response.setHeader('permissions-policy', policy);
        response.end(page);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    return { origin: `http://localhost:${port}`, stop: () => server.close() };
}
