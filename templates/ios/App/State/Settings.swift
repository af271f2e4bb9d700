import Foundation
import Observation

/// What the user has chosen; it outlives the app.
@MainActor
@Observable
final class Settings {
    private enum Key {
        static let confidence = "confidence"
        static let aspect = "aspect"
        static let camera = "camera"
    }

    /// Scores below it are not shown. 0 to 1.
    var confidence: Double {
        didSet { store.set(confidence, forKey: Key.confidence) }
    }

    var aspect: Aspect {
        didSet { store.set(aspect.rawValue, forKey: Key.aspect) }
    }

    var camera: CameraPosition {
        didSet { store.set(camera.rawValue, forKey: Key.camera) }
    }

    @ObservationIgnored private let store: UserDefaults

    /// `confidence`: where the user has chosen none.
    init(store: UserDefaults = .standard, confidence standard: Double) {
        self.store = store
        let confidence = store.object(forKey: Key.confidence) as? Double ?? standard
        self.confidence = min(max(confidence, 0), 1)
        aspect = store.string(forKey: Key.aspect).flatMap(Aspect.init(rawValue:)) ?? .fit
        camera = store.string(forKey: Key.camera).flatMap(CameraPosition.init(rawValue:)) ?? .back
    }
}
