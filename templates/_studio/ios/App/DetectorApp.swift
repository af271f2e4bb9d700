import SwiftUI

@main
struct DetectorApp: SwiftUI.App {
    @State private var app = LiveApp()

    var body: some Scene {
        WindowGroup {
            // Xcode runs the tests inside the app: they need no camera, nor its question, nor a detector beside them.
            if ProcessInfo.processInfo.environment["XCTestConfigurationFilePath"] == nil {
                MainScreen(app: app)
            }
        }
    }
}
