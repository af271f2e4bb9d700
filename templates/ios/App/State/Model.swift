import Observation

/// A model that came with the app.
struct Model: Equatable, Identifiable, Sendable {
    /// Told from all others by this.
    let id: String
    let name: String
    /// Its .pte among the app's resources, without the suffix.
    let file: String
    let classNames: [String]
    /// The score that a detection has to have when nobody has moved the slider. 0 to 1.
    let confidence: Double
    /// Which keypoints of a pose are joined by a line.
    var skeleton: [Limb] = []
}

/// A line between two keypoints, by their numbers.
struct Limb: Equatable, Sendable {
    let from: Int
    let to: Int
}

/// The app's models, of which one is live.
@MainActor
@Observable
final class ModelRepository {
    let models: [Model]
    private(set) var live: Model

    /// `models`: one or more; the first is live at first.
    init(models: [Model]) {
        guard let first = models.first else { preconditionFailure("the app came without a model") }
        self.models = models
        live = first
    }

    /// Whether it is another one than before.
    func choose(_ model: Model) -> Bool {
        guard model != live, models.contains(model) else { return false }
        live = model
        return true
    }
}
