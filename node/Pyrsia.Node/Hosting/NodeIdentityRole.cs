namespace Pyrsia.Node.Hosting;

/// <summary>Carries the role through the service container, which knows no bare values.</summary>
/// <param name="Role">What this process is.</param>
public sealed record NodeIdentityRole(NodeRole Role);
