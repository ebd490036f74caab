using System.Diagnostics;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Waits for what another process does, which raises no event here.</summary>
public static class Wait
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again and again until the answer is yes.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan within, string what, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > within) throw new TimeoutException($"After {within.TotalSeconds:0} s: {what}");
            await Task.Delay(Between, TimeProvider.System, cancellationToken);
        }
    }
}
