import SwiftUI
import UIKit

/// The camera or a photo, what is seen in it, and the controls.
struct MainScreen: View {
    let app: LiveApp

    @Environment(\.scenePhase) private var scenePhase
    @Environment(\.verticalSizeClass) private var verticalSizeClass

    var body: some View {
        @Bindable var sharing = app.sharing
        NavigationStack {
            layout {
                PictureArea(model: model, preview: app.preview)
                ControlPanel(model: model, sharing: app.sharing)
            }
            .toolbar {
                ToolbarItem(placement: .topBarLeading) { LooksWrongButton(model: model, sharing: sharing) }
                ToolbarItem(placement: .topBarTrailing) { SelfCheckLink(model: model) }
            }
            .navigationTitle(Text(verbatim: ModelInfo.appName))
            .navigationBarTitleDisplayMode(.inline)
        }
        .onAppear { app.start() }
        .task(id: model.photos.changes) { await model.photoChanged() }
        .onChange(of: scenePhase, initial: true) { model.camera.setInBackground(scenePhase == .background) }
        .onChange(of: model.camera.camera) { cameraChanged() }
        .sheet(item: $sharing.picture) { ShareScreen(picture: $0) }
        .sheet(item: $sharing.capture) { CaptureScreen(capture: $0) }
        .alert("nothing_to_share", isPresented: $sharing.hasNothing) {}
        .alert("capture_failed", isPresented: $sharing.hasFailed) {}
    }

    private var model: AppModel { app.model }

    /// The same views on a phone that lies, or the camera's picture would start anew with every turn.
    private var layout: AnyLayout {
        verticalSizeClass == .compact ? AnyLayout(HStackLayout(spacing: 0)) : AnyLayout(VStackLayout(spacing: 0))
    }

    private func cameraChanged() {
        if model.photos.isNone { model.results.clear() }
        // Nobody touches a phone whose camera they look through.
        UIApplication.shared.isIdleTimerDisabled = model.camera.camera != nil
    }
}
