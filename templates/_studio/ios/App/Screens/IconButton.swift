import SwiftUI

/// A button without words: held down, it shows itself large, with its name.
struct IconButton: View {
    let titleKey: LocalizedStringKey
    let image: String
    let action: @MainActor () -> Void

    var body: some View {
        Button(titleKey, systemImage: image, action: action)
            .accessibilityShowsLargeContentViewer()
    }
}
