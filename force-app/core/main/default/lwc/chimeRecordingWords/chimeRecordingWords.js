/**
 * What the list of recordings says, in words.
 */
import { fill, formatDateTime, formatDuration, formatSize } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import keptUntil from '@salesforce/label/c.Chime_Recording_Kept_Until';
import gap from '@salesforce/label/c.Chime_Recording_Gap';
import failure from '@salesforce/label/c.Chime_Recording_Failure';
import playNamed from '@salesforce/label/c.Chime_Playback_Play_Named';
import eraseNamed from '@salesforce/label/c.Chime_Recording_Erase_Named';
import changed from '@salesforce/label/c.Chime_Recording_Changed';

/** A recording with the texts of its entry in the list. */
export function inWords(row) {
    return {
        ...row,
        statusText: picklistText('recording', row.status),
        line: lineOf(row),
        failure: row.status === 'Failed' ? fill(failure, row.failureReason || '') : '',
        gap: row.gapSeconds > 0 ? fill(gap, formatDuration(row.gapSeconds)) : '',
        playLabel: fill(playNamed, row.name),
        eraseLabel: fill(eraseNamed, row.name)
    };
}

/** What a screen reader is told of recordings that have another state now. */
export function changesInWords(rows) {
    return rows.map((row) => fill(changed, row.name, picklistText('recording', row.status))).join(' ');
}

function lineOf(row) {
    return [
        formatDateTime(row.startedAt),
        formatDuration(row.durationSeconds),
        formatSize(row.sizeBytes),
        row.retainUntil ? fill(keptUntil, formatDateTime(row.retainUntil)) : ''
    ]
        .filter(Boolean)
        .join(' · ');
}
