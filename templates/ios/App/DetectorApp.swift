import SwiftUI

@main
struct DetectorApp: SwiftUI.App {
    @State private var model = AppModel()

    var body: some Scene {
        WindowGroup {
            MainScreen(model: model)
        }
    }
}
