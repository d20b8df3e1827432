using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class BusyTables : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Deliveries_LeaseUntil",
                table: "Deliveries");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Deliveries_LeaseUntil",
                table: "Deliveries",
                column: "LeaseUntil",
                filter: "\"LeaseUntil\" IS NOT NULL");
        }
    }
}
