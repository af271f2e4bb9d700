import SwiftUI

/// What is in a capture, before it is shared.
struct CaptureScreen: View {
    let capture: Capture

    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            ScrollView {
                Text(verbatim: String(format: String(localized: "capture_contents"), capture.size))
                    .padding()
            }
            .navigationTitle("capture_title")
            .navigationBarTitleDisplayMode(.inline)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) { Button("done") { dismiss() } }
                ToolbarItem(placement: .primaryAction) {
                    ShareLink(item: capture, preview: SharePreview("capture_title")) {
                        Label("share_capture", systemImage: "square.and.arrow.up")
                    }
                }
            }
        }
    }
}
