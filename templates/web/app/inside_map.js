// See inside, models with a map: the map of the input, before it is resized to the picture.
import { MODEL } from '../vision/model.js';
import { decode, toResult } from '../vision/pipeline.js';
import { draw } from './draw.js';
import { say } from './words.js';

/**
 * Return the stage between input and result.
 *
 * @param {import('./inside.js').Stages} stages
 * @returns {import('./inside.js').Scene[]}
 */
export function mapScenes({ input, outputs, thresholds, inputCanvas }) {
  const maps = decode(outputs, MODEL, thresholds);
  const { inputWidth, inputHeight } = input.plan;
  const sizes = { sourceWidth: inputWidth, sourceHeight: inputHeight, resizedWidth: inputWidth, resizedHeight: inputHeight };
  const result = toResult(maps, outputs, { ...input.plan, ...sizes, left: 0, top: 0 }, MODEL); // of the input itself
  return [
    {
      title: say('insideMap'),
      background: inputCanvas,
      hint: say('insideMapHint'),
      code: 'decode() and toResult() in vision/pipeline.js',
      draw: (context, view) => {
        draw(context, result, view);
        return say('insideMapText', maps.width, maps.height);
      },
    },
  ];
}
