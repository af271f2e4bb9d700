/// What the models of the screen ask of the phone: ThisDevice on one, a stand-in in the tests.
@MainActor
protocol Device {
    /// The sides that have a camera. Empty in the simulator.
    var cameras: [CameraPosition] { get }
    var permission: CameraSituation.Permission { get }
    /// Shows the system's question and waits for the answer.
    func askPermission() async -> CameraSituation.Permission
    /// What is so now, and each change.
    func conditions() -> AsyncStream<DeviceCondition>
    var coreCount: Int { get }
    /// Seconds of a clock that never goes back.
    var now: Double { get }

    var isVoiceOverRunning: Bool { get }
    /// After what VoiceOver is saying, not into it.
    func say(_ words: String)
    /// Which app, model, runtime and device: lines of a report.
    var about: [String] { get }
}

/// How hard the app may work.
struct DeviceCondition: Equatable, Sendable {
    var heat = Heat.nominal
    var isSavingPower = false
}
