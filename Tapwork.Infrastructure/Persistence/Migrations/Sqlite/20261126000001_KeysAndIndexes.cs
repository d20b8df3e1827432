using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class KeysAndIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Dossiers_PartnerId",
                table: "Dossiers",
                column: "PartnerId");

            migrationBuilder.CreateIndex(
                name: "IX_Deliveries_Delivered",
                table: "Deliveries",
                columns: new[] { "Purpose", "StatusAt" },
                filter: "\"Status\" = 'Delivered'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Dossiers_PartnerId",
                table: "Dossiers");

            migrationBuilder.DropIndex(
                name: "IX_Deliveries_Delivered",
                table: "Deliveries");
        }
    }
}
