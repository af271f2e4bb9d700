package edgegen

import android.app.Activity
import android.content.res.Configuration
import android.view.View
import androidx.core.graphics.Insets
import androidx.core.view.ViewCompat
import androidx.core.view.WindowCompat
import androidx.core.view.WindowInsetsCompat

/** Keeps the system's navigation buttons readable: white on the picture, dark while a light [sheet] is below them. */
fun Activity.keepNavigationReadable(sheet: View) {
    val bars = WindowCompat.getInsetsController(window, window.decorView)
    val night = resources.configuration.uiMode and Configuration.UI_MODE_NIGHT_MASK
    val isLight = night != Configuration.UI_MODE_NIGHT_YES
    sheet.viewTreeObserver.addOnGlobalLayoutListener {
        val isDark = isLight && sheet.isShown && sheet.isBelowNavigation(window.decorView)
        // Only a change: it causes another layout
        if (isDark != bars.isAppearanceLightNavigationBars) bars.isAppearanceLightNavigationBars = isDark
    }
}

/** Whether the middle of the navigation bar is over this view. The bar is at the bottom of the [window], or at one side. */
private fun View.isBelowNavigation(window: View): Boolean {
    val bar = ViewCompat.getRootWindowInsets(this)?.getInsets(WindowInsetsCompat.Type.navigationBars()) ?: Insets.NONE
    val x = when {
        bar.left > 0 -> bar.left / 2
        bar.right > 0 -> window.width - 1 - bar.right / 2
        else -> window.width / 2
    }
    val isAtSide = bar.left > 0 || bar.right > 0
    val y = if (isAtSide) window.height / 2 else window.height - 1 - bar.bottom / 2
    val (left, top) = IntArray(2).also(::getLocationInWindow)
    return x in left until left + width && y in top until top + height
}
