import Foundation

/// Makes a picture of the distances that the processors before it have left.
struct DepthPainter: ResultProcessor {
    func process(_ result: inout PictureResult) {
        let map = result.depthMap
        let step = MapSteps.step(width: map.width, height: map.height)
        let rgba = DetectedDepthMap.paint(
            values: map.values, width: map.width, height: map.height, step: step, lowest: map.lowest,
            highest: map.highest, colors: DepthColors.table)
        result.painting = PlacedPainting(of: rgba, width: map.width, height: map.height, step: step)
    }
}
