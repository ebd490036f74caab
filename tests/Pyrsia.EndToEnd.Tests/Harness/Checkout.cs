namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>The checkout that these tests were built from.</summary>
public static class Checkout
{
    private static readonly string Root = FindRoot();

    /// <summary>A file by its place below the root.</summary>
    public static string PathOf(string name) => Path.Combine(Root, name);

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Pyrsia.NET.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
