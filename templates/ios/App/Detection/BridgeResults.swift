import Foundation

// What the bridge gives, in the app's own values.

extension PictureResult {
    init(_ result: DetectionResult) {
        self.init(
            boxes: result.detections.map { found in
                Box(
                    left: Double(found.left), top: Double(found.top), right: Double(found.right),
                    bottom: Double(found.bottom), score: Double(found.score), classIndex: found.classIndex)
            },
            size: CGSize(width: result.imageWidth, height: result.imageHeight),
            times: StageTimes(
                letterbox: result.preprocessMilliseconds, model: result.inferenceMilliseconds,
                boxes: result.postprocessMilliseconds))
    }
}

extension CheckedVectors {
    init(_ report: SelfCheckReport) {
        let stages = report.stages.map { stage in
            CheckedStage(
                name: stage.name, unit: stage.unit, worst: stage.worst, tolerance: stage.tolerance,
                comparedCount: stage.comparedCount, isPassed: stage.isPassed, problems: stage.problems)
        }
        self.init(stages: stages, isPassed: report.isPassed, pictureCount: report.pictureCount)
    }
}
