namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Where things are kept that take long to make and that every checkout can use.</summary>
public static class TestCache
{
    /// <summary>The directory.</summary>
    public static string Directory { get; } = Environment.GetEnvironmentVariable("PYRSIA_TEST_CACHE")
        ?? Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache"), "pyrsia-tests");
}
