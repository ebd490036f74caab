using Pyrsia.Builds.Images;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>Where the packages of an image come from and how they are listed.</summary>
public sealed class BuilderImageTests : IDisposable
{
    private readonly TemporaryDirectory _apt = new();

    public void Dispose() => _apt.Dispose();

    [Fact]
    public void Both_forms_of_sources_are_read_for_the_release_that_is_wanted()
    {
        Directory.CreateDirectory(_apt["sources.list.d"]);
        File.WriteAllText(_apt["sources.list"], "# deb http://mirror.test/old bookworm main\ndeb [arch=amd64 signed-by=/key] http://mirror.test/debian bookworm main contrib\ndeb-src http://mirror.test/debian bookworm main\n");
        File.WriteAllText(_apt["sources.list.d/a.sources"], "Types: deb deb-src\n# a comment\nURIs: http://mirror.test/security\nSuites: bookworm-security trixie-security\nComponents: main\n\nEnabled: no\nTypes: deb\nURIs: http://mirror.test/off\nSuites: bookworm\nComponents: main\n");
        File.WriteAllText(_apt["sources.list.d/other.list"], "deb http://mirror.test/tool nodistro main\n");
        File.WriteAllText(_apt["sources.list.d/a.list.save"], "deb http://mirror.test/saved bookworm main\n");
        Assert.Equal(["deb http://mirror.test/debian bookworm main", "deb http://mirror.test/security bookworm-security main"], AptSources.For(_apt.Path, "bookworm"));
        Assert.Empty(AptSources.For(_apt.Path, "sid"));
    }

    [Fact]
    public void Installed_packages_are_listed_and_removed_ones_are_not()
    {
        const string Status = """
            Package: zlib1g
            Status: install ok installed
            Architecture: amd64
            Version: 1:1.2.13.dfsg-1
            Description: compression library
             Package: not a field

            Package: gone
            Status: deinstall ok config-files
            Architecture: all
            Version: 1

            Package: adduser
            Status: install ok installed
            Architecture: all
            Version: 3.134
            """;
        var packages = PackageList.Parse(Status);
        Assert.Equal([new InstalledPackage("adduser", "3.134", "all"), new InstalledPackage("zlib1g", "1:1.2.13.dfsg-1", "amd64")], packages);
        Assert.Equal(packages, PackageList.FromJson(PackageList.ToJson(packages)));
    }

    [Theory]
    [InlineData("bookworm", "x;reboot")]
    [InlineData("../x", "git")]
    [InlineData("bookworm", "-option")]
    public async Task A_recipe_with_a_malformed_name_is_refused(string suite, string package)
    {
        var recipe = new BuilderImageRecipe { Suite = suite, Packages = [package] };
        await Assert.ThrowsAsync<ArgumentException>(() => new BuilderImageStore(_apt["images"]).MakeAsync(recipe, mirror: null, TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(_apt["images"]));
    }

    [Fact]
    public void The_key_of_a_recipe_does_not_depend_on_the_order_of_packages()
    {
        var recipe = new BuilderImageRecipe { Packages = ["b", "a"] };
        Assert.Equal(recipe.Key, (recipe with { Packages = ["a", "b", "a"] }).Key);
        Assert.NotEqual(recipe.Key, (recipe with { Suite = "trixie" }).Key);
    }
}
