// @ts-check
/** A made-up camera: a drawing in a colour of its own. */

/** @param {HTMLVideoElement} video @param {number} id */
export function picture(video, id) {
    const canvas = document.createElement('canvas');
    canvas.width = id === 90 ? 1280 : 640;
    canvas.height = id === 90 ? 800 : 360;
    const draw = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const { width, height } = canvas;
    if (id === 90) {
        draw.fillStyle = '#ffffff';
        draw.fillRect(0, 0, width, height);
        draw.fillStyle = '#1b2433';
        draw.font = '48px sans-serif';
        draw.fillText('Quarter 4 · pipeline by region', 80, 120);
        [420, 300, 520, 180].forEach((bar, index) => {
            draw.fillStyle = `hsl(${210 + index * 30} 60% 55%)`;
            draw.fillRect(100 + index * 280, height - 60 - bar, 180, bar);
        });
    } else {
        const hue = (id * 67) % 360;
        draw.fillStyle = `hsl(${hue} 30% 62%)`;
        draw.fillRect(0, 0, width, height);
        draw.fillStyle = `hsl(${hue} 35% 32%)`;
        draw.beginPath();
        draw.ellipse(width / 2, height + 40, 190, 200, 0, 0, 7);
        draw.fill();
        draw.fillStyle = `hsl(${(hue + 20) % 360} 45% 78%)`;
        draw.beginPath();
        draw.arc(width / 2, height / 2 - 20, 80, 0, 7);
        draw.fill();
    }
    video.srcObject = canvas.captureStream(2);
    video.play().catch(() => {});
}
