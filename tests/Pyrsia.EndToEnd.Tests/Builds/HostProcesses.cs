namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>What runs on this machine.</summary>
internal static class HostProcesses
{
    /// <summary>Ids of the processes whose command line holds a text.</summary>
    internal static IReadOnlyList<string> With(string text) => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>().Where(n => n.All(char.IsAsciiDigit)).Where(id => CommandLine(id).Contains(text, StringComparison.Ordinal))];

    private static string CommandLine(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
