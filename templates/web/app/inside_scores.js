// See inside, classifiers: the scores of the classes.
import { MODEL } from '../vision/model.js';
import { best, decode } from '../vision/pipeline.js';
import { drawClasses } from './draw_classes.js';
import { say } from './words.js';

const SHOWN = 10; // classes

/**
 * Return the stage between input and result.
 *
 * @param {import('./inside.js').Stages} stages
 * @returns {import('./inside.js').Scene[]}
 */
export function scoreScenes({ outputs, thresholds, inputCanvas }) {
  const classes = best(decode(outputs, MODEL, thresholds), MODEL, { ...thresholds, maxDetections: SHOWN });
  const { width, height } = inputCanvas;
  return [
    {
      title: say('insideScores'),
      background: inputCanvas,
      hint: say('insideScoresHint'),
      code: 'decode() in vision/pipeline.js',
      draw: (context, view) => {
        drawClasses(context, { width, height, classes }, view);
        return say('insideScoresText', MODEL.classNames.length);
      },
    },
  ];
}
