using System.Diagnostics;
using Pyrsia.Testing;

namespace Pyrsia.Interop.Tests.Browser;

/// <summary>A Chromium without a window that shows one page, until it is disposed.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(10);

    private readonly TemporaryDirectory profile = new();
    private readonly Process process;

    public Chromium(string page)
    {
        // Its sandbox refuses to run as root. Descriptor 3 is where a debugger would speak: that it stays open keeps the browser alive when the page
        // is loaded, and that it closes, also when this process ends, makes it leave in order with all its processes.
        string[] arguments = ["-c", "exec chromium-headless-shell \"$@\" 3<&0 4>/dev/null", "chromium", "--no-sandbox", "--disable-gpu", $"--user-data-dir={profile.Path}", "--remote-debugging-pipe", page];
        process = Process.Start(new ProcessStartInfo("sh", arguments) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(ExitTimeout);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        finally
        {
            process.Dispose();
        }
        profile.Dispose();
    }
}
