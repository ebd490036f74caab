namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Where the programs under test are: built beside this test.</summary>
public static class Programs
{
    private static readonly string Configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    private static readonly string Root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));

    /// <summary>The command line.</summary>
    public static string Cli { get; } = Path.Combine(Root, "Pyrsia.Cli", Configuration, "pyrsia");

    /// <summary>The node.</summary>
    public static string Node { get; } = Path.Combine(Root, "Pyrsia.Node", Configuration, "pyrsia-node");

    /// <summary>The authority.</summary>
    public static string Authority { get; } = Path.Combine(Root, "Pyrsia.Authority", Configuration, "pyrsia-authority");
}
