using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Repository;

/// <summary>The libp2p stack as a package of its own.</summary>
public sealed class PackageTests
{
    private const string Project = "libp2p/Pyrsia.Libp2p";

    [Fact]
    public async Task The_libp2p_stack_is_packed_with_its_readme_its_documentation_and_all_that_a_registry_asks_for()
    {
        using var folder = new TemporaryDirectory();
        // What these tests were built from was built with them.
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        await PackAsync("pack", Path.Combine(SourceTree.Root, Project), "--no-build", "--no-restore", "-c", configuration, "-o", folder.Path, "-v", "q", "-nodeReuse:false");
        using var package = await ZipFile.OpenReadAsync(Assert.Single(Directory.GetFiles(folder.Path, "Pyrsia.Libp2p.*.nupkg")), TestContext.Current.CancellationToken);
        Assert.Equal(SourceTree.Read("libp2p/README.md"), await TextAsync("README.md"));
        var documented = XDocument.Parse(await TextAsync("lib/net10.0/Pyrsia.Libp2p.xml"));
        Assert.Contains(documented.Descendants("member"), member => (string?)member.Attribute("name") == "T:Pyrsia.Libp2p.Libp2pHost");
        var about = XDocument.Parse(await TextAsync("Pyrsia.Libp2p.nuspec")).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value);
        Assert.Equal(["Pyrsia.Libp2p"], about["id"]);
        Assert.Equal(["Apache-2.0"], about["license"]);
        Assert.Equal(["README.md"], about["readme"]);
        Assert.Contains("libp2p stack for .NET", Assert.Single(about["description"]), StringComparison.Ordinal);
        Assert.Contains("libp2p", Assert.Single(about["tags"]).Split(' '));
        Assert.NotEqual("", Assert.Single(about["version"]));

        async Task<string> TextAsync(string name)
        {
            using var reader = new StreamReader(await Assert.Single(package.Entries, entry => entry.FullName == name).OpenAsync(TestContext.Current.CancellationToken));
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task PackAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0" },
        })!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, string.Join('\n', await said));
    }
}
