import Foundation

/// The parts of the running app, put together.
@MainActor
final class LiveApp {
    let model: AppModel
    let sharing: Sharing
    /// One for all windows that come and go: see PreviewSource.
    private(set) lazy var preview = PreviewLayerView.showing(source)

    private let source: PreviewSource

    init() {
        let pipeline = LivePipeline()
        let models = ModelRepository(models: ModelFiles.models)
        var limits = Limits.standard
        limits.confidence = models.live.confidence
        model = AppModel(
            pipeline: pipeline, device: ThisDevice(), models: models,
            settings: Settings(limits: limits))
        sharing = Sharing(model: model, pipeline: pipeline)
        source = pipeline.preview
    }

    /// To be called when a window appears.
    func start() {
        _ = preview  // it takes the session before the pipeline starts it
        model.start()
    }
}
