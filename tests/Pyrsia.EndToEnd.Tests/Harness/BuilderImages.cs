using Pyrsia.Builds.Images;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>The builder image of the tests: the default packages and what the sample projects need. Made once and kept outside the checkout under the digest of its recipe.</summary>
public static class BuilderImages
{
    /// <summary>What it is made of. Its <c>/usr/share/maven-repo</c> has every artifact that the sample projects resolve.</summary>
    public static readonly BuilderImageRecipe Recipe = new()
    {
        Packages =
        [
            .. BuilderImageRecipe.DefaultPackages,
            "junit4", "libcommons-lang3-java", "libgoogle-gson-java", "libmaven-clean-plugin-java", "libmaven-compiler-plugin-java", "libmaven-dependency-plugin-java",
            "libmaven-deploy-plugin-java", "libmaven-install-plugin-java", "libmaven-jar-plugin-java", "libmaven-resources-plugin-java", "libmaven-source-plugin-java", "libsurefire-java",
        ],
    };

    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Where it is kept, for a program that wants a directory of images.</summary>
    public static string Directory { get; } = Path.Combine(TestCache.Directory, $"builder-{Recipe.Key.Hex[..16]}");

    /// <summary>The image, made when it is not there yet.</summary>
    public static async Task<BuilderImage> GetAsync(CancellationToken cancellationToken)
    {
        var store = new BuilderImageStore(Directory);
        await Gate.WaitAsync(cancellationToken);
        try
        {
            return store.List().FirstOrDefault() ?? await store.MakeAsync(Recipe, mirror: null, cancellationToken);
        }
        finally
        {
            Gate.Release();
        }
    }
}
