// @ts-check
// What a test sees and hears in a page: runs there before the page's own scripts. It looks at what the browser decoded,
// so it tells what a person would see and hear, whatever the page believes.
(() => {
    /** Elements of a kind, also those inside shadow roots. */
    const all = (/** @type {string} */ selector, /** @type {Document | ShadowRoot} */ root = document) => {
        /** @type {Element[]} */
        const found = [...root.querySelectorAll(selector)];
        for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) found.push(...all(selector, element.shadowRoot));
        }
        return found;
    };

    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [32, 18];

    /** The hue and strength of a picture's average colour. */
    const colour = (/** @type {HTMLVideoElement} */ video) => {
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
        context.clearRect(0, 0, 32, 18);
        context.drawImage(video, 0, 0, 32, 18);
        const data = context.getImageData(0, 0, 32, 18).data;
        let [r, g, b] = [0, 0, 0];
        for (let i = 0; i < data.length; i += 4) {
            r += data[i];
            g += data[i + 1];
            b += data[i + 2];
        }
        const count = data.length / 4;
        [r, g, b] = [r / count, g / count, b / count];
        const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
        const spread = most - least || 1;
        const sector =
            most === r ? ((g - b) / spread + 6) % 6 : most === g ? (b - r) / spread + 2 : (r - g) / spread + 4;
        return { hue: Math.round(sector * 60), strength: Math.round(most - least) };
    };

    /** Each picture on the page that shows something. */
    const pictures = () =>
        all('video')
            .map((element) => /** @type {HTMLVideoElement} */ (element))
            .filter((video) => video.videoWidth > 0 && video.readyState >= 2)
            .map((video) => {
                const box = video.getBoundingClientRect();
                return {
                    ...colour(video),
                    width: video.videoWidth,
                    height: video.videoHeight,
                    shown: Math.round(box.width),
                    frames: video.getVideoPlaybackQuality().totalVideoFrames,
                    name: video.dataset.name ?? video.closest('[data-name]')?.getAttribute('data-name') ?? '',
                    id: video.id
                };
            });

    /** @type {AudioContext | undefined} */
    let context;
    /** @type {WeakMap<MediaStream, AnalyserNode>} */
    const ears = new WeakMap();

    /** How loud each pitch is at most within `ms`, in dB, in what the page plays. */
    const tones = async (/** @type {number[]} */ pitches, ms = 1_200) => {
        context ??= new AudioContext();
        if (context.state !== 'running') await context.resume();
        const streams = all('audio')
            .map((element) => /** @type {HTMLAudioElement} */ (element))
            .filter((audio) => !audio.paused && !audio.muted && audio.srcObject instanceof MediaStream)
            .map((audio) => /** @type {MediaStream} */ (audio.srcObject))
            .filter((stream) => stream.getAudioTracks().length > 0);
        const nodes = streams.map((stream) => {
            let ear = ears.get(stream);
            if (!ear) {
                ear = new AnalyserNode(/** @type {AudioContext} */ (context), {
                    fftSize: 8192,
                    smoothingTimeConstant: 0
                });
                /** @type {AudioContext} */ (context).createMediaStreamSource(stream).connect(ear);
                ears.set(stream, ear);
            }
            return ear;
        });
        const loudest = pitches.map(() => -200);
        const bin = context.sampleRate / 8192;
        const until = performance.now() + ms;
        const levels = new Float32Array(4096);
        do {
            await new Promise((done) => setTimeout(done, 50));
            for (const ear of nodes) {
                ear.getFloatFrequencyData(levels);
                pitches.forEach((hz, i) => {
                    const at = Math.round(hz / bin);
                    for (let k = at - 2; k <= at + 2; k++) loudest[i] = Math.max(loudest[i], levels[k]);
                });
            }
        } while (performance.now() < until);
        return loudest.map((level) => Math.round(level));
    };

    Object.assign(window, { senses: { pictures, tones, all } });
})();
